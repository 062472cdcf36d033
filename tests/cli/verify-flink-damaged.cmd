# What is damaged is not restored, whatever the release.
cp -r "$DATA/snapshots/1.18-udf-hashmap-savepoint" sp
rm sp/06719ef3-af31-4f64-a6f0-cc79500d9158
"$SAVEPOINT" verify --level files --flink 1.20 sp | tail -1
