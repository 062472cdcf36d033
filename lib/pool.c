#include "pool.h"

#include <pthread.h>
#include <stdlib.h>

struct pool {
	pthread_mutex_t lock;
	size_t next;
	size_t count;
	sp_job_fn *job;
	void *arg;
	size_t failed; /* lowest number of a failed job, `count` if none */
	struct sp_error *err;
};

static bool take(struct pool *pool, size_t *index)
{
	bool any;

	pthread_mutex_lock(&pool->lock);
	any = pool->failed == pool->count && pool->next < pool->count;
	if (any)
		*index = pool->next++;
	pthread_mutex_unlock(&pool->lock);
	return any;
}

static void fail(struct pool *pool, size_t index, const struct sp_error *err)
{
	pthread_mutex_lock(&pool->lock);
	if (index < pool->failed) {
		pool->failed = index;
		*pool->err = *err;
	}
	pthread_mutex_unlock(&pool->lock);
}

static void *work(void *arg)
{
	struct pool *pool = arg;
	struct sp_error err = { 0 };
	size_t index = 0;

	while (take(pool, &index))
		if (pool->job(index, pool->arg, &err) < 0)
			fail(pool, index, &err);
	return NULL;
}

int sp_pool_run(size_t count, int workers, sp_job_fn *job, void *arg, struct sp_error *err)
{
	struct pool pool = {
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.count = count,
		.job = job,
		.arg = arg,
		.failed = count,
		.err = err,
	};
	size_t threads = workers < 1 ? 1 : (size_t)workers;
	pthread_t *ids;
	size_t started = 0;

	if (threads > count)
		threads = count;
	ids = calloc(threads + 1, sizeof(*ids));
	if (ids == NULL)
		sp_abort("out of memory");
	while (started + 1 < threads && pthread_create(&ids[started], NULL, work, &pool) == 0)
		started++;
	work(&pool);
	for (size_t i = 0; i < started; i++)
		pthread_join(ids[i], NULL);
	free(ids);
	return pool.failed < count ? (int)err->code : 0;
}
