#include "progress.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "text.h"

#define AUTO_DELAY 2.0 /* seconds before auto draws */
#define BAR_PERIOD 0.2
#define JSON_PERIOD 1.0

struct sp_progress {
	const struct sp_counters *counters;
	enum sp_progress_mode mode;
	bool drawn;
	struct timespec start;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
};

/* The counters at one moment. */
struct moment {
	uint64_t bytes, total, rows;
	double seconds, rate;
	double left; /* seconds; < 0: not known */
	const char *current;
};

static struct moment moment_of(const struct sp_progress *self)
{
	struct moment now = {
		.bytes = atomic_load_explicit(&self->counters->bytes, memory_order_relaxed),
		.total = atomic_load_explicit(&self->counters->total_bytes, memory_order_relaxed),
		.rows = atomic_load_explicit(&self->counters->rows, memory_order_relaxed),
		.current = atomic_load_explicit(&self->counters->current, memory_order_acquire),
		.left = -1,
	};
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	now.seconds = (double)(t.tv_sec - self->start.tv_sec) +
		      (double)(t.tv_nsec - self->start.tv_nsec) / 1e9;
	if (now.seconds > 0)
		now.rate = (double)now.bytes / now.seconds;
	if (now.rate > 0 && now.total >= now.bytes)
		now.left = (double)(now.total - now.bytes) / now.rate;
	return now;
}

static void append_time(double seconds, struct sp_buffer *out)
{
	const uint64_t s = (uint64_t)(seconds + 0.5);

	if (s >= 3600)
		sp_buffer_printf(out, "%" PRIu64 ":%02u:%02u", s / 3600, (unsigned)(s / 60 % 60),
			(unsigned)(s % 60));
	else
		sp_buffer_printf(out, "%u:%02u", (unsigned)(s / 60), (unsigned)(s % 60));
}

static size_t terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < 20)
		return 80;
	return size.ws_col;
}

/* Shortens UTF-8 to at most n characters. */
static void clip(struct sp_buffer *line, size_t n)
{
	for (size_t i = 0; i < line->n; i++)
		if ((line->p[i] & 0xc0) != 0x80 && n-- == 0)
			line->n = i;
}

static void draw_bar(const struct moment *now)
{
	sp_auto_buffer line = { 0 };
	char done[16], total[16], rate[16];

	if (now->total > 0)
		sp_buffer_printf(&line, "%3u%%  %s of %s",
			(unsigned)((double)(now->bytes < now->total ? now->bytes : now->total) *
				   100 / (double)now->total),
			sp_text_size(now->bytes, done), sp_text_size(now->total, total));
	else
		sp_buffer_printf(&line, "%s", sp_text_size(now->bytes, done));
	sp_buffer_printf(&line, "  %" PRIu64 " records  %s/s", now->rows,
		sp_text_size((uint64_t)now->rate, rate));
	if (now->left >= 0) {
		sp_buffer_printf(&line, "  ");
		append_time(now->left, &line);
		sp_buffer_printf(&line, " left");
	}
	if (now->current != NULL) {
		sp_buffer_printf(&line, "  ");
		sp_text_escape(sp_slice_of(now->current), &line);
	}
	clip(&line, terminal_width() - 1);
	fprintf(stderr, "\r%s\033[K", sp_text_of(&line));
}

static void draw_json(const struct moment *now)
{
	sp_auto_buffer line = { 0 };

	sp_buffer_printf(&line,
		"{\"bytes\":%" PRIu64 ",\"total_bytes\":%" PRIu64 ",\"rows\":%" PRIu64
		",\"bytes_per_second\":%.0f,\"seconds\":%.1f,\"seconds_left\":",
		now->bytes, now->total, now->rows, now->rate, now->seconds);
	if (now->left >= 0)
		sp_buffer_printf(&line, "%.0f", now->left);
	else
		sp_buffer_printf(&line, "null");
	sp_buffer_printf(&line, ",\"operator\":");
	if (now->current != NULL)
		sp_text_json(sp_slice_of(now->current), &line);
	else
		sp_buffer_printf(&line, "null");
	fprintf(stderr, "%s}\n", sp_text_of(&line));
}

static void draw(struct sp_progress *self)
{
	const struct moment now = moment_of(self);

	if (self->mode == SP_PROGRESS_AUTO && now.seconds < AUTO_DELAY)
		return;
	if (self->mode == SP_PROGRESS_JSON)
		draw_json(&now);
	else
		draw_bar(&now);
	self->drawn = true;
}

/* Waits on `wake` for `seconds`; the lock is held. */
static void wait_for(struct sp_progress *self, double seconds)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)seconds;
	until.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	pthread_cond_timedwait(&self->wake, &self->lock, &until);
}

static void *draw_until_stopped(void *arg)
{
	struct sp_progress *self = arg;

	pthread_mutex_lock(&self->lock);
	while (!self->stop) {
		wait_for(self, self->mode == SP_PROGRESS_JSON ? JSON_PERIOD : BAR_PERIOD);
		if (!self->stop)
			draw(self);
	}
	pthread_mutex_unlock(&self->lock);
	return NULL;
}

/* Signals go to the other threads. */
static int start_thread(struct sp_progress *self)
{
	pthread_condattr_t attr;
	sigset_t all, old;
	int r;

	pthread_mutex_init(&self->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&self->wake, &attr);
	pthread_condattr_destroy(&attr);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&self->thread, NULL, draw_until_stopped, self);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

struct sp_progress *sp_progress_start(
	enum sp_progress_mode mode, const struct sp_counters *counters)
{
	struct sp_progress *self;

	if (mode == SP_PROGRESS_NONE || (mode == SP_PROGRESS_AUTO && !isatty(STDERR_FILENO)))
		return NULL;
	self = calloc(1, sizeof(*self));
	if (self == NULL)
		sp_abort("out of memory");
	self->counters = counters;
	self->mode = mode;
	clock_gettime(CLOCK_MONOTONIC, &self->start);
	if (start_thread(self) != 0) { /* work goes on without a line */
		free(self);
		return NULL;
	}
	return self;
}

void sp_progress_stop(struct sp_progress *self)
{
	if (self == NULL)
		return;
	pthread_mutex_lock(&self->lock);
	self->stop = true;
	pthread_cond_signal(&self->wake);
	pthread_mutex_unlock(&self->lock);
	pthread_join(self->thread, NULL);
	if (self->mode == SP_PROGRESS_JSON)
		draw(self);
	else if (self->drawn)
		fprintf(stderr, "\r\033[K");
	pthread_cond_destroy(&self->wake);
	pthread_mutex_destroy(&self->lock);
	free(self);
}
