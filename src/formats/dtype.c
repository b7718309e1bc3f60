#include "bilens/formats/dtype.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Elements are read as they lie in the file, little-endian. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "big-endian machines need byte swaps");

static const struct {
    const char *name;
    unsigned bits;
} dtypes[DTYPE_COUNT] = {
    [DTYPE_F4] = {"F4", 4},           [DTYPE_F6_E2M3] = {"F6_E2M3", 6},
    [DTYPE_F6_E3M2] = {"F6_E3M2", 6}, [DTYPE_BOOL] = {"BOOL", 8},
    [DTYPE_U8] = {"U8", 8},           [DTYPE_I8] = {"I8", 8},
    [DTYPE_F8_E5M2] = {"F8_E5M2", 8}, [DTYPE_F8_E4M3] = {"F8_E4M3", 8},
    [DTYPE_F8_E8M0] = {"F8_E8M0", 8}, [DTYPE_I16] = {"I16", 16},
    [DTYPE_U16] = {"U16", 16},        [DTYPE_F16] = {"F16", 16},
    [DTYPE_BF16] = {"BF16", 16},      [DTYPE_I32] = {"I32", 32},
    [DTYPE_U32] = {"U32", 32},        [DTYPE_F32] = {"F32", 32},
    [DTYPE_I64] = {"I64", 64},        [DTYPE_U64] = {"U64", 64},
    [DTYPE_F64] = {"F64", 64},        [DTYPE_C64] = {"C64", 64},
};

bool dtype_parse(const char *name, enum dtype *out)
{
    for (int i = 0; i < DTYPE_COUNT; i++) {
        if (strcmp(dtypes[i].name, name) == 0) {
            *out = (enum dtype)i;
            return true;
        }
    }
    return false;
}

const char *dtype_name(enum dtype type)
{
    return dtypes[type].name;
}

unsigned dtype_bits(enum dtype type)
{
    return dtypes[type].bits;
}

bool dtype_widens(enum dtype type)
{
    return type == DTYPE_F64 || type == DTYPE_F32 || type == DTYPE_F16 || type == DTYPE_BF16;
}

/* Everything below runs in blocks of a fixed number of elements: compilers turn
 * loops of known length into vector instructions already at -O2. */
enum { BLOCK = 512 };

/* --- Widening --- */

static inline float float_from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline float widen_bf16(uint16_t half)
{
    return float_from_bits((uint32_t)half << 16);
}

/* Without branches. A denormal f16 is made normal by the float subtraction: with
 * the exponent of 2^-14 before it, its mantissa counts from 2^-14. */
static inline float widen_f16(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    uint32_t magnitude = (uint32_t)(half & 0x7FFF) << 13;
    uint32_t normal = magnitude + (112u << 23);
    uint32_t special = magnitude | 0x7F800000u;
    float denormal = float_from_bits(magnitude + (113u << 23)) - float_from_bits(113u << 23);
    uint32_t is_special = -(uint32_t)(magnitude >= 31u << 23); /* all bits, or none */
    uint32_t is_denormal = -(uint32_t)(magnitude < 1u << 23);
    uint32_t denormal_bits, bits;

    memcpy(&denormal_bits, &denormal, sizeof denormal_bits);
    bits = (denormal_bits & is_denormal) | (special & is_special) |
           (normal & ~(is_denormal | is_special));
    return float_from_bits(bits | sign);
}

static inline float widen_f32(float value)
{
    return value;
}

static inline float widen_f64(double value)
{
    return (float)value;
}

/* NAME: fills out with count elements of the type, converted. The copies into
 * aligned blocks are what allows for unaligned files. */
#define WIDENER(NAME, TYPE, CONVERT)                                                               \
    static void NAME(const unsigned char *bytes, size_t count, float *out)                         \
    {                                                                                              \
        TYPE stored[BLOCK];                                                                        \
        float wide[BLOCK];                                                                         \
        while (count >= BLOCK) {                                                                   \
            memcpy(stored, bytes, sizeof stored);                                                  \
            for (size_t i = 0; i < BLOCK; i++)                                                     \
                wide[i] = CONVERT(stored[i]);                                                      \
            memcpy(out, wide, sizeof wide);                                                        \
            bytes += sizeof stored;                                                                \
            out += BLOCK;                                                                          \
            count -= BLOCK;                                                                        \
        }                                                                                          \
        memcpy(stored, bytes, count * sizeof stored[0]);                                           \
        for (size_t i = 0; i < count; i++)                                                         \
            out[i] = CONVERT(stored[i]);                                                           \
    }

WIDENER(widen_all_bf16, uint16_t, widen_bf16)
WIDENER(widen_all_f16, uint16_t, widen_f16)
WIDENER(widen_all_f32, float, widen_f32)
WIDENER(widen_all_f64, double, widen_f64)

void dtype_widen(enum dtype type, const unsigned char *bytes, size_t count, float *out)
{
    switch (type) {
    case DTYPE_BF16:
        widen_all_bf16(bytes, count, out);
        break;
    case DTYPE_F16:
        widen_all_f16(bytes, count, out);
        break;
    case DTYPE_F32:
        widen_all_f32(bytes, count, out);
        break;
    case DTYPE_F64:
        widen_all_f64(bytes, count, out);
        break;
    default:
        break; /* refused by the caller */
    }
}

/* --- Counting what is not finite --- */

/* An element is special if all its exponent bits are set. Hardly ever is one, so a
 * block is only looked at closely when the fast loop saw some. */
static inline uint16_t special_bf16(uint16_t bits)
{
    return (uint16_t)((bits & 0x7F80) == 0x7F80);
}

static inline uint16_t special_f16(uint16_t bits)
{
    return (uint16_t)((bits & 0x7C00) == 0x7C00);
}

static inline uint32_t special_f32(uint32_t bits)
{
    return (bits & 0x7F800000u) == 0x7F800000u;
}

#define COUNTER(NAME, TYPE, SPECIAL, WIDEN)                                                        \
    static void NAME(const unsigned char *bytes, size_t count, size_t *nan, size_t *inf)           \
    {                                                                                              \
        TYPE stored[BLOCK] = {0};                                                                  \
        while (count > 0) {                                                                        \
            size_t some = count < BLOCK ? count : BLOCK;                                           \
            TYPE specials = 0;                                                                     \
            if (some < BLOCK)                                                                      \
                memset(stored, 0, sizeof stored);                                                  \
            memcpy(stored, bytes, some * sizeof stored[0]);                                        \
            for (size_t i = 0; i < BLOCK; i++)                                                     \
                specials = (TYPE)(specials + SPECIAL(stored[i]));                                  \
            if (specials != 0) {                                                                   \
                float wide[BLOCK];                                                                 \
                WIDEN((const unsigned char *)stored, some, wide);                                  \
                count_in(wide, some, nan, inf);                                                    \
            }                                                                                      \
            bytes += some * sizeof stored[0];                                                      \
            count -= some;                                                                         \
        }                                                                                          \
    }

static void count_in(const float *values, size_t count, size_t *nan, size_t *inf)
{
    for (size_t i = 0; i < count; i++) {
        *nan += isnan(values[i]) != 0;
        *inf += isinf(values[i]) != 0;
    }
}

COUNTER(count_bf16, uint16_t, special_bf16, widen_all_bf16)
COUNTER(count_f16, uint16_t, special_f16, widen_all_f16)
COUNTER(count_f32, uint32_t, special_f32, widen_all_f32)

/* What overflows when widened counts too, so the widened values are looked at. */
static void count_f64(const unsigned char *bytes, size_t count, size_t *nan, size_t *inf)
{
    float wide[BLOCK];

    while (count > 0) {
        size_t some = count < BLOCK ? count : BLOCK;
        widen_all_f64(bytes, some, wide);
        count_in(wide, some, nan, inf);
        bytes += some * sizeof(double);
        count -= some;
    }
}

void dtype_count_nonfinite(enum dtype type, const unsigned char *bytes, size_t count, size_t *nan,
                           size_t *inf)
{
    switch (type) {
    case DTYPE_BF16:
        count_bf16(bytes, count, nan, inf);
        break;
    case DTYPE_F16:
        count_f16(bytes, count, nan, inf);
        break;
    case DTYPE_F32:
        count_f32(bytes, count, nan, inf);
        break;
    case DTYPE_F64:
        count_f64(bytes, count, nan, inf);
        break;
    default:
        break;
    }
}

size_t dtype_count_beyond(enum dtype type, const unsigned char *bytes, size_t count)
{
    size_t beyond = 0;

    for (size_t i = 0; type == DTYPE_F64 && i < count; i++) {
        double x;
        memcpy(&x, bytes + i * sizeof x, sizeof x);
        beyond += isfinite(x) && isinf((float)x);
    }
    return beyond;
}
