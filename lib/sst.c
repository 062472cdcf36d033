#include "sst.h"

/* rocksdb::Footer: u8 checksum type, two block handles of at most 20 bytes each, version, magic. */
#define FOOTER_WHOLE 53
#define MAGIC_LEGACY UINT64_C(0xdb4775248b80fb57) /* kLegacyBlockBasedTableMagicNumber */

static uint64_t get_le(const uint8_t *p, int n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

int sp_sst_footer_read(struct sp_file *file, struct sp_sst_footer *ret, struct sp_error *err)
{
	uint8_t footer[SP_SST_FOOTER_BYTES];

	if (sp_file_read(file, file->size - sizeof(footer), footer, sizeof(footer), err) < 0)
		return err->code;
	ret->magic = get_le(footer + 4, 8);
	ret->table = ret->magic == SP_SST_MAGIC || ret->magic == MAGIC_LEGACY;
	ret->version = ret->magic == SP_SST_MAGIC ? (uint32_t)get_le(footer, 4) : 0;
	ret->checksum = SP_SST_CRC32C;
	if (ret->version == 0 || file->size < FOOTER_WHOLE)
		return 0;
	if (sp_file_read(file, file->size - FOOTER_WHOLE, footer, 1, err) < 0)
		return err->code;
	ret->checksum = footer[0];
	return 0;
}
