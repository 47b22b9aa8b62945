#include "pattern.h"

#include <string.h>

enum { PERIOD = 26, BLOCK = PERIOD * 512 }; /* 26: a multiple of both 13 and 2 */

static const struct { const char *name; size_t size; } types[] = {
    { "i8", 1 }, { "u8", 1 }, { "i16", 2 }, { "u16", 2 }, { "i32", 4 }, { "u32", 4 },
    { "i64", 8 }, { "u64", 8 }, { "f16", 2 }, { "bf16", 2 }, { "f32", 4 }, { "f64", 8 },
};

size_t pattern_element_size(const char *type) {
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].name, type) == 0) return types[i].size;
    return 0;
}

static void store(unsigned char *at, const char *type, size_t size, double value) {
    if (type[0] == 'i' || type[0] == 'u') {
        int64_t whole = (int64_t)value; /* toward zero, as integer averages are */
        memcpy(at, &whole, size);       /* little-endian: the low bytes are the narrow integer */
    } else if (strcmp(type, "f64") == 0) {
        memcpy(at, &value, size);
    } else if (strcmp(type, "f16") == 0) {
        _Float16 narrow = (_Float16)value;
        memcpy(at, &narrow, size);
    } else {
        float narrow = (float)value; /* bf16 is its upper half; small integers need no rounding */
        memcpy(at, (unsigned char *)&narrow + sizeof narrow - size, size);
    }
}

static double input(int i, const char *op, int rank) {
    return strcmp(op, "prod") == 0 ? 1 + i % 2 : i % 13 + rank;
}

static int output(int i, const char *op, int world, double *value) {
    double lowest = i % 13;
    if (strcmp(op, "sum") == 0) *value = world * lowest + world * (world - 1) / 2;
    else if (strcmp(op, "avg") == 0) *value = lowest + (world - 1) / 2.0;
    else if (strcmp(op, "min") == 0) *value = lowest;
    else if (strcmp(op, "max") == 0) *value = lowest + world - 1;
    else if (strcmp(op, "prod") == 0) {
        *value = 1;
        for (int r = 0; r < world; r++) *value *= 1 + i % 2;
    } else return -1;
    return 0;
}

int pattern_fill(void *buffer, uint64_t count, const char *type, const char *op, int rank) {
    size_t size = pattern_element_size(type);
    if (size == 0) return -1;
    unsigned char period[PERIOD * 8];
    for (int i = 0; i < PERIOD; i++) store(period + i * size, type, size, input(i, op, rank));
    uint64_t total = count * size, done = total < PERIOD * size ? total : PERIOD * size;
    memcpy(buffer, period, done);
    /* Whole periods are copied from a source that stays in the cache. */
    while (done < total) {
        uint64_t source = done < BLOCK * size ? done : BLOCK * size;
        uint64_t step = total - done < source ? total - done : source;
        memcpy((unsigned char *)buffer + done, buffer, step);
        done += step;
    }
    return 0;
}

/* Compares with a pattern of which `period` has the elements from 0 on. */
static uint64_t differences(const void *buffer, uint64_t count, uint64_t first, const unsigned char *period, size_t size) {
    static unsigned char expected[BLOCK * 8];
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < BLOCK; i++) memcpy(expected + i * size, period + (first + i) % PERIOD * size, size);
    for (uint64_t at = 0; at < count; at += BLOCK) {
        const unsigned char *block = (const unsigned char *)buffer + at * size;
        uint64_t elements = count - at < BLOCK ? count - at : BLOCK;
        if (memcmp(block, expected, elements * size) == 0) continue;
        for (uint64_t i = 0; i < elements; i++) wrong += memcmp(block + i * size, expected + i * size, size) != 0;
    }
    return wrong;
}

int pattern_wrong_sum(const void *buffer, uint64_t count, uint64_t first, const char *type, const char *op, int world, uint64_t *wrong) {
    size_t size = pattern_element_size(type);
    unsigned char period[PERIOD * 8];
    if (size == 0) return -1;
    for (int i = 0; i < PERIOD; i++) {
        double value;
        if (output(i, op, world, &value) != 0) return -1;
        store(period + i * size, type, size, value);
    }
    *wrong = differences(buffer, count, first, period, size);
    return 0;
}

int pattern_wrong_input(const void *buffer, uint64_t count, uint64_t first, const char *type, const char *op, int rank, uint64_t *wrong) {
    size_t size = pattern_element_size(type);
    unsigned char period[PERIOD * 8];
    if (size == 0) return -1;
    for (int i = 0; i < PERIOD; i++) store(period + i * size, type, size, input(i, op, rank));
    *wrong = differences(buffer, count, first, period, size);
    return 0;
}
