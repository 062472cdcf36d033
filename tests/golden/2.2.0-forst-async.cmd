"$SAVEPOINT" inspect --json --files --states "$DATA/snapshots/2.2.0-forst-async/tree/0edf38dfb6a0324416b135e744689a27/chk-15"
