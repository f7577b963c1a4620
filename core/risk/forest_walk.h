/* The inner loops of core/risk/forest.pyx: sixteen rows at a time through all trees. They are C because a compiler turns
   them into vector instructions, the wider ones where the machine has them, and Cython has no word for that. */

#include <stdint.h>

#define LANES 16
#define TREE_LEAVES 32

#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__linux__)
#define FOR_WIDER_MACHINES __attribute__((target_clones("avx2", "default")))
#else
#define FOR_WIDER_MACHINES
#endif

/* Numbers of eight rows; the compiler splits them where the machine's are narrower. Memory of malloc is aligned to 16. */
typedef int32_t Numbers __attribute__((vector_size(32), aligned(16)));

/* One split of one tree: rows with more than `threshold` in the feature lose the leaves that `kept` has no bit of. */
typedef struct {
    int32_t threshold;
    uint32_t kept;
    int32_t tree;
} Split;

/* `firsts` has feature_count + 1 places in `splits`, which are sorted by feature and threshold. `columns` has LANES values
   a feature, `alive` LANES masks a tree, all bits set. */
FOR_WIDER_MACHINES
static void walk_splits(const Split *restrict splits, const int32_t *restrict firsts, int32_t feature_count,
                        const int32_t *restrict columns, uint32_t *restrict alive) {
    for (int32_t feature = 0; feature < feature_count; feature++) {
        const int32_t *column = columns + feature * LANES;
        const Numbers low = ((const Numbers *)column)[0], high = ((const Numbers *)column)[1];
        int32_t most = column[0];
        for (int lane = 1; lane < LANES; lane++) most = column[lane] > most ? column[lane] : most;
        for (int32_t at = firsts[feature]; at < firsts[feature + 1] && splits[at].threshold < most; at++) {
            Numbers *masks = (Numbers *)(alive + splits[at].tree * LANES);
            const int32_t threshold = splits[at].threshold, kept = (int32_t)splits[at].kept;
            masks[0] &= ~(low > threshold) | kept;
            masks[1] &= ~(high > threshold) | kept;
        }
    }
}

/* Adds the leaves in the order of the trees, as the libraries do: in double, or in float for those that sum so. */
static void add_leaves(const double *restrict leaves, const uint32_t *restrict alive, int32_t tree_count, double base,
                       int single, double *restrict sums) {
    if (single) {
        float sum[LANES];
        for (int lane = 0; lane < LANES; lane++) sum[lane] = (float)base;
        for (int32_t tree = 0; tree < tree_count; tree++)
            for (int lane = 0; lane < LANES; lane++)
                sum[lane] += (float)leaves[tree * TREE_LEAVES + __builtin_ctz(alive[tree * LANES + lane])];
        for (int lane = 0; lane < LANES; lane++) sums[lane] = sum[lane];
        return;
    }
    double sum[LANES];
    for (int lane = 0; lane < LANES; lane++) sum[lane] = base;
    for (int32_t tree = 0; tree < tree_count; tree++) {
        const double *leaf = leaves + tree * TREE_LEAVES;
        const uint32_t *masks = alive + tree * LANES;
        for (int lane = 0; lane < LANES; lane++) sum[lane] += leaf[__builtin_ctz(masks[lane])];
    }
    for (int lane = 0; lane < LANES; lane++) sums[lane] = sum[lane];
}
