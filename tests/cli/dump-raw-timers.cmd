# Timers in raw keyed state are timers as any others.
chk=$(echo "$DATA"/snapshots/1.20.3-small-rocksdb-heap-timers/tree/*/chk-*)
"$SAVEPOINT" dump "$chk" --state _timer_state/event_window-timers --limit 3
"$SAVEPOINT" dump "$chk" --state _timer_state/event_window-timers | wc -l
"$SAVEPOINT" dump "$chk" --state _timer_state/event_window-timers --key-group 15 | wc -l
