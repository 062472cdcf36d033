/*
 * For tests of values: bytes in hexadecimal digits, decoded values as short text, and the checks
 * that hold for every encoding.
 */
#ifndef VALUES_H
#define VALUES_H

#include <inttypes.h>
#include <stdio.h>

#include "unit.h"
#include "value.h"

/* A type literal, and one with children. */
#define TYPE(...) (&(const struct sp_type){ __VA_ARGS__ })
#define OF(k, ...)                                                                                 \
	TYPE(.kind = (k), .children = (const struct sp_type *[]){ __VA_ARGS__ },                   \
		.n_children = sizeof((const struct sp_type *[]){ __VA_ARGS__ }) / sizeof(void *))
#define SLICE(text)                                                                                \
	{                                                                                          \
		(const uint8_t *)(text), sizeof(text) - 1                                          \
	}

static inline struct sp_slice values_unhex(struct sp_arena *arena, const char *hex)
{
	uint8_t *p = sp_arena_alloc(arena, strlen(hex) / 2 + 1, 1);
	size_t n = 0;
	unsigned byte;

	for (; *hex != '\0'; hex += *hex == ' ' ? 1 : 2) {
		if (*hex == ' ')
			continue;
		ck_assert_int_eq(sscanf(hex, "%2x", &byte), 1);
		p[n++] = (uint8_t)byte;
	}
	return sp_slice(p, n);
}

static inline void values_text(const struct sp_value *v, struct sp_buffer *out);

static inline void values_put_items(
	const struct sp_value *v, const char *ends, struct sp_buffer *out)
{
	sp_buffer_printf(out, "%c", ends[0]);
	for (size_t i = 0; i < v->n_items; i++) {
		if (i != 0)
			sp_buffer_printf(out, "%s", v->kind == SP_VALUE_MAP && i % 2 ? ":" : ",");
		values_text(&v->items[i], out);
	}
	sp_buffer_printf(out, "%c", ends[1]);
}

static inline void values_put_hex(struct sp_slice bytes, struct sp_buffer *out)
{
	sp_buffer_printf(out, "#");
	for (size_t i = 0; i < bytes.n; i++)
		sp_buffer_printf(out, "%02x", bytes.p[i]);
}

/* "null", "7", "'text'", "#0aff", "[list]", "(tuple)", "{name=value}", "<key:value>", … */
static inline void values_text(const struct sp_value *v, struct sp_buffer *out)
{
	if (v->name.n != 0)
		sp_buffer_printf(out, "%.*s=", (int)v->name.n, v->name.p);
	switch (v->kind) {
	case SP_VALUE_NULL: sp_buffer_printf(out, "null"); return;
	case SP_VALUE_VOID: sp_buffer_printf(out, "void"); return;
	case SP_VALUE_GLOBAL_WINDOW: sp_buffer_printf(out, "global"); return;
	case SP_VALUE_STRING: sp_buffer_printf(out, "'%.*s'", (int)v->bytes.n, v->bytes.p); return;
	case SP_VALUE_ENUM:
		sp_buffer_printf(out, "%.*s/%" PRId64, (int)v->bytes.n, v->bytes.p, v->number);
		return;
	case SP_VALUE_OPAQUE:
		sp_buffer_printf(out, "opaque %.*s", (int)v->class_name.n, v->class_name.p);
		values_put_hex(v->bytes, out);
		return;
	case SP_VALUE_BYTES:
	case SP_VALUE_BIG_INTEGER: values_put_hex(v->bytes, out); return;
	case SP_VALUE_DECIMAL:
		values_put_hex(v->bytes, out);
		sp_buffer_printf(out, "e%d", -v->scale);
		return;
	case SP_VALUE_LOCAL_DATE:
	case SP_VALUE_LOCAL_TIME:
	case SP_VALUE_LOCAL_DATE_TIME:
		sp_buffer_printf(out, "%d-%d-%d %d:%d:%d.%d", v->year, v->month, v->day, v->hour,
			v->minute, v->second, v->nanos);
		return;
	case SP_VALUE_TIME_WINDOW:
		sp_buffer_printf(out, "%" PRId64 "..%" PRId64, v->number, v->end);
		return;
	case SP_VALUE_LIST: values_put_items(v, "[]", out); return;
	case SP_VALUE_MAP: values_put_items(v, "<>", out); return;
	case SP_VALUE_VARIANT:
	case SP_VALUE_TUPLE:
		if (v->row_kind != 0)
			sp_buffer_printf(out, "%d", v->row_kind);
		values_put_items(v, "()", out);
		return;
	case SP_VALUE_STRUCT: values_put_items(v, "{}", out); return;
	default:
		sp_buffer_printf(out, "%" PRId64, v->number);
		if (v->nanos != 0)
			sp_buffer_printf(out, ".%d", v->nanos);
	}
}

static inline void values_check_text(const struct sp_value *v, const char *text)
{
	sp_auto_buffer out = { 0 };

	values_text(v, &out);
	sp_buffer_u8(&out, 0);
	ck_assert_str_eq((const char *)out.p, text);
}

/* Of every beginning of the bytes both walks say that bytes are missing, and stand still. */
static inline void values_check_cuts(
	const struct sp_type *type, struct sp_slice bytes, struct sp_arena *arena)
{
	struct sp_error err;
	struct sp_value value;

	for (size_t n = 0; n < bytes.n; n++) {
		/* Bytes of its own, so that a sanitizer sees what is read beyond them. */
		uint8_t *cut = malloc(n + 1);
		struct sp_value_reader reader;

		memcpy(cut + 1, bytes.p, n);
		reader = sp_value_reader(sp_slice(cut + 1, n), 0, SP_KRYO_2);
		ck_assert_int_eq(sp_value_skip(&reader, type, &err), SP_EDAMAGED);
		ck_assert_msg(reader.missing > 0, "cut at %zu: %s", n, err.message);
		ck_assert_uint_le(reader.missing, bytes.n - n);
		ck_assert_ptr_eq(reader.in.at, cut + 1);
		ck_assert_int_eq(sp_value_read(&reader, type, arena, &value, &err), SP_EDAMAGED);
		ck_assert_uint_gt(reader.missing, 0);
		ck_assert_uint_le(reader.missing, bytes.n - n);
		ck_assert_ptr_eq(reader.in.at, cut + 1);
		free(cut);
	}
}

struct values_case {
	const struct sp_type *type;
	const char *hex;
	const char *text;
};

/* Crossed and decoded to the same end, also with bytes behind; cut anywhere, bytes are missing. */
static inline void values_check(const struct values_case *c)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_slice bytes = values_unhex(arena, c->hex);
	sp_auto_buffer more = { 0 };
	struct sp_value_reader reader;
	struct sp_value value, again;
	struct sp_error err;

	sp_buffer_bytes(&more, bytes);
	sp_buffer_u64(&more, UINT64_MAX);
	reader = sp_value_reader(sp_buffer_slice(&more), 0, SP_KRYO_2);
	ck_ok(sp_value_skip(&reader, c->type, &err), err);
	ck_assert_uint_eq(sp_left(&reader.in), 8);
	reader = sp_value_reader(sp_buffer_slice(&more), 0, SP_KRYO_2);
	ck_ok(sp_value_read(&reader, c->type, arena, &value, &err), err);
	ck_assert_uint_eq(sp_left(&reader.in), 8);
	ck_assert_uint_eq(value.raw.n, bytes.n);
	values_check_text(&value, c->text);
	ck_ok(sp_value_read_all(bytes, 0, SP_KRYO_2, c->type, arena, &again, &err), err);
	ck_assert(sp_value_equal(&value, &again));
	values_check_cuts(c->type, bytes, arena);
}

struct values_failure {
	const struct sp_type *type;
	const char *hex;
	const char *message; /* a part of it */
};

/* Wrong bytes: decoding fails, and no bytes are missing. */
static inline void values_check_damage(const struct values_failure *f)
{
	sp_auto(sp_arena) *arena = sp_arena_new();
	struct sp_value_reader reader =
		sp_value_reader(values_unhex(arena, f->hex), 0x100, SP_KRYO_2);
	struct sp_value value;
	struct sp_error err;

	ck_assert_msg(sp_value_read(&reader, f->type, arena, &value, &err) == SP_EDAMAGED,
		"%s: is read", f->hex);
	ck_assert_msg(strstr(err.message, f->message) != NULL, "%s: %s", f->hex, err.message);
	ck_assert_uint_eq(reader.missing, 0);
	ck_assert_ptr_eq(reader.in.at, reader.in.start);
}

#endif
