/* qn_bytes: what was appended is there, failure changes nothing, memory is kept. */
#include "bytes.h"
#include "check.h"

static void test_append(void)
{
    qn_bytes b = { 0 };
    for (unsigned i = 0; i < 100000; i++) {
        uint8_t v = (uint8_t)(i * 7U);
        if (!CHECK(qn_bytes_append(&b, &v, 1))) {
            break;
        }
    }
    CHECK_EQ_INT(b.len, 100000);
    size_t wrong = 0;
    for (unsigned i = 0; i < b.len; i++) {
        wrong += b.data[i] != (uint8_t)(i * 7U);
    }
    CHECK_EQ_INT(wrong, 0);
    CHECK(qn_bytes_append(&b, NULL, 0));
    CHECK_EQ_INT(b.len, 100000);
    qn_bytes_free(&b);
    CHECK(b.data == NULL && b.len == 0 && b.cap == 0);
    qn_bytes_free(&b);
    qn_bytes_free(NULL);
}

static void test_kept(void)
{
    qn_bytes b = { 0 };
    CHECK(qn_bytes_reserve(&b, 0));
    CHECK(qn_bytes_reserve(&b, 1000));
    CHECK(b.cap >= 1000 && b.len == 0);
    const uint8_t *before = b.data;
    CHECK(qn_bytes_reserve(&b, 10) && qn_bytes_reserve(&b, 1000));
    CHECK(b.data == before);
    qn_bytes_free(&b);
}

static void test_grows_geometrically(void)
{
    qn_bytes b = { 0 };
    int moves = 0;
    for (size_t n = 1; n <= 1000000; n++) {
        size_t cap = b.cap;
        if (!qn_bytes_reserve(&b, n)) {
            CHECK(false);
            break;
        }
        moves += b.cap != cap;
    }
    CHECK_MSG(moves < 60, "%d times for a million steps", moves);
    qn_bytes_free(&b);
}

static void test_failure(void)
{
    qn_bytes b = { 0 };
    volatile size_t huge = SIZE_MAX / 2;
    CHECK(qn_bytes_append(&b, "abc", 3));
    qn_bytes before = b;
    CHECK(!qn_bytes_reserve(&b, huge));
    CHECK(b.data == before.data && b.len == 3 && b.cap == before.cap);
    huge = SIZE_MAX - 1; /* with the three there it would wrap around */
    CHECK(!qn_bytes_append(&b, "abc", huge));
    CHECK(b.len == 3 && memcmp(b.data, "abc", 3) == 0);
    qn_bytes_free(&b);
}

int main(void)
{
    test_append();
    test_kept();
    test_grows_geometrically();
    test_failure();
    return check_summary();
}
