#include "bilens/formats/hash.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/formats/mapping.h"

static const size_t block_size = 4096;
static const size_t most_head = (size_t)1 << 20;

static void print(XXH64_hash_t hash, char hex[HASH_SIZE])
{
    snprintf(hex, HASH_SIZE, "%016llx", (unsigned long long)hash);
}

uint64_t hash_number(const char *digits)
{
    XXH64_hash_t hash = XXH3_64bits(digits, strlen(digits));
    return hash != 0 ? hash : 1;
}

void hash_bytes(const void *bytes, size_t length, char hex[HASH_SIZE])
{
    print(XXH3_64bits(bytes, length), hex);
}

static void visit(const unsigned char *bytes, size_t length, void *context)
{
    *(XXH64_hash_t *)context = XXH3_64bits(bytes, length);
}

bool hash_file(const struct mapping *m, char hex[HASH_SIZE], struct err *e)
{
    XXH64_hash_t hash = XXH3_64bits("", 0);

    if (!mapping_visit(m, 0, mapping_size(m), visit, &hash, e))
        return false;
    print(hash, hex);
    return true;
}

/* To sample: 8 bytes of size, the head, the blocks. */
static bool collect(const struct mapping *m, size_t head, size_t blocks, unsigned char *sample,
                    struct err *e)
{
    size_t size = mapping_size(m), span = size - head - block_size;

    for (size_t i = 0; i < 8; i++)
        sample[i] = (unsigned char)((uint64_t)size >> (8 * i));
    if (!mapping_copy(m, 0, sample + 8, head, e))
        return false;
    for (size_t i = 0; i < blocks; i++) {
        double share = blocks > 1 ? (double)i / (double)(blocks - 1) : 1;
        size_t offset = head + (size_t)(share * (double)span);
        if (!mapping_copy(m, offset, sample + 8 + head + i * block_size, block_size, e))
            return false;
    }
    return true;
}

bool hash_samples(const struct mapping *m, size_t head, size_t blocks, char hex[HASH_SIZE],
                  struct err *e)
{
    size_t length;
    unsigned char *sample;
    bool good;

    if (head > most_head)
        head = most_head;
    if (mapping_size(m) < head + block_size)
        return hash_file(m, hex, e);
    length = 8 + head + blocks * block_size;
    sample = mem_alloc(length);
    good = collect(m, head, blocks, sample, e);
    if (good)
        hash_bytes(sample, length, hex);
    mem_free(sample);
    return good;
}
