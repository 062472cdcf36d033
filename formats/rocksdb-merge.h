/*
 * The merge operator of Flink's list states: the value that is there, then the operands in order,
 * joined by ','. Flink asks RocksDB for "stringappendtest"
 * (RocksDBKeyedStateBackend.MERGE_OPERATOR_NAME); files record it as StringAppendTESTOperator.
 */
#ifndef SP_ROCKSDB_MERGE_H
#define SP_ROCKSDB_MERGE_H

#include <rocksdb/c.h>

/* A new operator; options that it is set on take it over. */
rocksdb_mergeoperator_t *sp_rocksdb_merge_operator(void);

#endif
