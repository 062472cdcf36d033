# Files nobody refers to, in the directories of a checkpoint and in those that all of a job share.
cp -r "$DATA"/snapshots/1.20.3-small-rocksdb-incremental/tree .
job=$(echo tree/*)
mkdir -p "$job/taskowned/job_1" "$job/chk-3/inner" "$job/chk-3/savepoint"
printf 'left over' | tee "$job/shared/orphan" "$job/taskowned/job_1/orphan" "$job/chk-3/inner/orphan" \
	"$job/chk-3/savepoint/orphan" > "$job/orphan-of-nobody"
printf 'another snapshot' > "$job/chk-3/savepoint/_metadata"
"$SAVEPOINT" verify -v --level files "$job/chk-3" | grep -o 'SP407.*'
echo "another checkpoint of the job:"
mkdir "$job/chk-2"
"$SAVEPOINT" verify -v --level files "$job/chk-3" | grep -o 'SP407.*'
