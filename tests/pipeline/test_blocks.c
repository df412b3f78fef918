/* Memory for pixels (blocks.h): what is given back is taken again, and a ceiling holds whatever comes. */
#include "blocks.h"
#include "check.h"
#include "fake_device.h"

#include <stdlib.h>

enum { PAGE = 4096, MANY = 8 };

static gpu *device(void)
{
    static const gpu_device d = { .index = 0 };
    const gpu_settings settings = { .slots = 1 };
    qn_error err = { 0 };
    fake = (fake_device){ .slots = 0 };
    return gpu_open(&d, &settings, &err);
}

static bool take(pipe_blocks *b, pipe_block *block, size_t pages)
{
    qn_error err = { 0 };
    block->asked = pages * PAGE;
    return pipe_blocks_promise(b, block->asked, 0) && pipe_block_take(b, block, &err) && pipe_block_grow(block, &err);
}

/* The smallest block that is large enough; a larger picture takes the place of a block that is too small. */
static void test_reuse(gpu *g)
{
    pipe_blocks b = { .gpu = g };
    pipe_block small = { .asked = 0 }, large = { .asked = 0 }, next = { .asked = 0 };
    CHECK(take(&b, &small, 10) && take(&b, &large, 100));
    const gpu_host *first = small.host, *second = large.host;
    pipe_block_give(&b, &small);
    pipe_block_give(&b, &large);
    CHECK_MSG(!small.host && fake.blocks == 2, "%d blocks", (int)fake.blocks);
    CHECK(take(&b, &next, 15)); /* a CPU's blocks have room for twice the first picture */
    CHECK_MSG(next.host == first, "not the smallest that fits");
    pipe_block_give(&b, &next);
    CHECK(take(&b, &next, 90));
    CHECK_MSG(next.host == second, "not the one that fits");
    pipe_block_give(&b, &next);
    CHECK(take(&b, &next, 500));
    CHECK_MSG(fake.blocks == 2, "%d blocks", (int)fake.blocks);
    pipe_block_give(&b, &next);
    CHECK_MSG(b.promised == 0 && b.used == 0 && b.excess == 0, "something is left over");
    pipe_blocks_free(&b);
    CHECK_MSG(fake.blocks == 0 && fake.held == 0, "%d blocks left", (int)fake.blocks);
}

static void test_ceiling(gpu *g)
{
    pipe_blocks b = { .gpu = g, .budget = 100 * PAGE };
    pipe_block one = { .asked = 0 }, two = { .asked = 0 };
    fake.peak = 0;
    CHECK(take(&b, &one, 60));
    CHECK_MSG(!pipe_blocks_promise(&b, 41 * PAGE, 0), "more was promised than there is");
    CHECK(pipe_blocks_promise(&b, 20 * PAGE, 20 * PAGE));
    CHECK_MSG(!pipe_blocks_promise(&b, PAGE, 0), "a decoder's memory was not counted");
    pipe_blocks_decoded(&b, 20 * PAGE);
    b.promised -= 20 * PAGE;
    CHECK(take(&b, &two, 40));
    pipe_block_give(&b, &one);
    CHECK(take(&b, &one, 10)); /* the idle one is too large to be kept from others: 40 + 10 + 50 is all there is */
    CHECK_MSG(b.excess == 50 * PAGE, "%llu bytes too many", (unsigned long long)b.excess);
    CHECK_MSG(!pipe_blocks_promise(&b, PAGE, 0), "more was promised than the blocks leave");
    pipe_block_give(&b, &one);
    b.exact = true;
    CHECK(take(&b, &one, 10));
    CHECK_MSG(one.size == 10 * PAGE, "%zu bytes", one.size);
    pipe_block_give(&b, &one);
    pipe_block_give(&b, &two);
    pipe_blocks_free(&b);
    CHECK_MSG(fake.peak <= 100 * PAGE, "%zu pages held", (size_t)fake.peak / PAGE);
}

/* Whatever is taken and given, what is held stays under the ceiling, and what was promised can be had. */
static void test_random(gpu *g, uint64_t budget, bool exact)
{
    pipe_blocks b = { .gpu = g, .budget = budget, .exact = exact };
    pipe_block block[MANY] = { { .asked = 0 } };
    qn_error err = { 0 };
    uint32_t random = 1;
    size_t taken = 0;
    fake.peak = 0;
    for (unsigned i = 0; i < 20000; i++) {
        random = random * 1664525 + 1013904223;
        pipe_block *k = &block[random >> 16 & (MANY - 1)];
        const size_t pages = 1 + (random >> 20) % 40;
        if (k->host) {
            pipe_block_give(&b, k);
        } else if (k->asked) {
            CHECK_MSG(pipe_block_take(&b, k, &err) && pipe_block_grow(k, &err), "a promise was broken");
            CHECK_MSG(gpu_host_size(k->host) >= k->asked && k->size == gpu_host_size(k->host), "too small a block");
            taken++;
        } else if (pipe_blocks_promise(&b, pages * PAGE, 0)) {
            k->asked = pages * PAGE;
        }
    }
    CHECK_MSG(taken > 1000, "%zu taken", taken);
    CHECK_MSG(!budget || fake.peak <= budget, "%zu bytes held", (size_t)fake.peak);
    CHECK_MSG(budget || fake.blocks <= MANY, "%d blocks", (int)fake.blocks);
    for (unsigned i = 0; i < MANY; i++)
        pipe_block_give(&b, &block[i]);
    CHECK_MSG(b.promised == 0 && b.used == 0 && b.excess == 0, "something is left over");
    pipe_blocks_free(&b);
    CHECK_MSG(fake.blocks == 0 && fake.held == 0, "%d blocks left", (int)fake.blocks);
}

int main(void)
{
    gpu *g = device();
    test_reuse(g);
    test_ceiling(g);
    test_random(g, 0, false);
    test_random(g, 100 * PAGE, false);
    test_random(g, 100 * PAGE, true);
    gpu_close(&g);
    return check_summary();
}
