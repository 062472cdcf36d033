cp -r "$DATA/snapshots/1.18-udf-hashmap-savepoint" sp
cd sp
rm 06719ef3-af31-4f64-a6f0-cc79500d9158
printf x >> d9cc9896-9b76-4025-858b-c742184b7f3b
printf 'nobody refers to it' > orphan
printf 'tail' >> _metadata
cd ..
"$SAVEPOINT" verify -v sp
