/* FNV-1a against the values its authors publish. */
#include "check.h"
#include "hash.h"

int main(void)
{
    CHECK(qn_hash(QN_HASH_START, "", 0) == QN_HASH_START);
    CHECK(qn_hash(QN_HASH_START, "a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
    CHECK(qn_hash(QN_HASH_START, "foobar", 6) == UINT64_C(0x85944171f73967e8));
    CHECK(qn_hash(qn_hash(QN_HASH_START, "foo", 3), "bar", 3) == qn_hash(QN_HASH_START, "foobar", 6));
    CHECK(qn_hash_str(QN_HASH_START, "ab") == qn_hash(QN_HASH_START, "ab", 3));
    CHECK(qn_hash_str(qn_hash_str(QN_HASH_START, "ab"), "c") != qn_hash_str(qn_hash_str(QN_HASH_START, "a"), "bc"));
    return check_summary();
}
