"""A model of trees, walked sixteen rows at a time.

Design
    Lucchese et al., "QuickScorer: a fast algorithm to rank documents with additive ensembles of regression trees",
    SIGIR 2015. A tree has a bit a leaf. Every split that a row fails, that is whose threshold it exceeds, takes the
    leaves on its left out; the first leaf that is left is where the row ends. The splits of all trees are sorted by
    feature and threshold, so a feature's end as soon as no row exceeds one, there is nothing to predict for the
    processor, and sixteen rows go through a few instructions.
    Features are whole numbers, so a threshold is one too: the importers round it where that changes nothing.
    This is the one place of the core that calculates in binary fractions: a model's leaves are some, and their sum has to
    be the library's own. What leaves it is a whole number of points.

Invariants
    Leaves are added in the order of the trees, in the precision of the library that made them: the margin is the
    library's, to the bit. Points rise with the margin. Not for use by two threads at once.
"""

from libc.stdint cimport int32_t, uint32_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

cdef extern from "core/risk/forest_walk.h" nogil:
    enum:
        LANES
        TREE_LEAVES
    ctypedef struct Split:
        int32_t threshold
        uint32_t kept
        int32_t tree
    void walk_splits(
        const Split* splits, const int32_t* firsts, int32_t feature_count, const int32_t* columns, uint32_t* alive)
    void add_leaves(
        const double* leaves, const uint32_t* alive, int32_t tree_count, double base, int single, double* sums)

LEAVES_MAX = TREE_LEAVES

cdef enum:
    POINTS_MAX = 1000


cdef class Forest:
    """A model as core.risk.bundle has checked it.

    Args:
        features: for each feature of the model, its place in a row.
        trees: of each the columns `feature` (of the model), `threshold` (whole; greater values go right), `left` and
            `right` (an inner node's number, or -1 - leaf) and `leaf` (values); node 0 is the root.
        base: what the sum begins with.
        cuts: at most 1,000 margins, ascending; a margin has as many points as cuts that it reaches.
        single: whether leaves are added in single precision.

    Raises:
        ValueError: a place or a feature that there is not, or more leaves than a tree may have.
    """

    def __init__(self, list features, list trees, double base, list cuts, bint single):
        cdef int index
        if min(features, default=0) < 0:
            raise ValueError(f"a feature is at place {min(features)}")
        splits = []
        for tree, nodes in enumerate(trees):
            order = leaves_in_order(nodes)
            if len(order) > LEAVES_MAX:
                raise ValueError(f"tree {tree} has {len(order)} leaves, more than {LEAVES_MAX}")
            place = {leaf: position for position, leaf in enumerate(order)}
            for node in range(len(nodes["feature"])):
                if not 0 <= nodes["feature"][node] < len(features):
                    raise ValueError(f"tree {tree} splits by feature {nodes['feature'][node]} of {len(features)}")
                lost = sum(1 << place[leaf] for leaf in leaves_below(nodes, nodes["left"][node]))
                splits.append((nodes["feature"][node], nodes["threshold"][node], tree, ~lost & 0xffffffff))
        splits.sort()
        self.feature_count, self.tree_count, self.cut_count = len(features), len(trees), len(cuts)
        self.base, self.single = base, single
        self.row_width = max(features, default=-1) + 1
        self.features = <int32_t*>malloc(max(1, len(features)) * sizeof(int32_t))
        self.firsts = <int32_t*>malloc((len(features) + 1) * sizeof(int32_t))
        self.splits = malloc(max(1, len(splits)) * sizeof(Split))
        self.leaves = <double*>malloc(len(trees) * TREE_LEAVES * sizeof(double))
        self.cuts = <double*>malloc(max(1, len(cuts)) * sizeof(double))
        self.columns = <int32_t*>malloc(max(1, len(features)) * LANES * sizeof(int32_t))
        self.alive = <uint32_t*>malloc(len(trees) * LANES * sizeof(uint32_t))
        if not (self.features and self.firsts and self.splits and self.leaves and self.cuts and self.columns
                and self.alive):
            raise MemoryError("no memory for a model")
        for index, one in enumerate(features):
            self.features[index] = one
        for index, (_, threshold, tree, kept) in enumerate(splits):
            (<Split*>self.splits)[index] = Split(threshold, kept, tree)
        for index in range(len(features) + 1):
            self.firsts[index] = sum(1 for split in splits if split[0] < index)
        for tree, nodes in enumerate(trees):
            for position, leaf in enumerate(leaves_in_order(nodes)):
                self.leaves[tree * TREE_LEAVES + position] = nodes["leaf"][leaf]
        for index, one in enumerate(cuts):
            self.cuts[index] = one

    def __dealloc__(self):
        free(self.features)
        free(self.firsts)
        free(self.splits)
        free(self.leaves)
        free(self.cuts)
        free(self.columns)
        free(self.alive)

    def margins(self, const int32_t[:, ::1] rows):
        """The margins of rows of features, shape [n][m]: the model's sum before any link function.

        Raises:
            ValueError: the rows are narrower than a feature's place.
        """
        cdef Py_ssize_t index, count = rows.shape[0]
        if count and rows.shape[1] < self.row_width:
            raise ValueError(f"rows have {rows.shape[1]} numbers, and the model reads {self.row_width}")
        cdef double* found = <double*>malloc(max(<Py_ssize_t>1, count) * sizeof(double))
        if found == NULL:
            raise MemoryError("no memory for margins")
        try:
            if count:
                self.margins_of_rows(&rows[0, 0], count, rows.shape[1], found)
            return [found[index] for index in range(count)]
        finally:
            free(found)

    def points(self, const int32_t[:, ::1] rows):
        """The points of rows of features, 0 to 1,000 each."""
        return [self.points_of(margin) for margin in self.margins(rows)]

    cdef void margins_of_rows(
            self, const int32_t* rows, Py_ssize_t count, Py_ssize_t stride, double* margins) noexcept nogil:
        """Margins of `count` rows that are `stride` numbers apart."""
        cdef double sums[LANES]
        cdef Py_ssize_t first, lane, row
        cdef int32_t feature
        first = 0
        while first < count:
            for feature in range(self.feature_count):
                for lane in range(LANES):
                    row = min(first + lane, count - 1)
                    self.columns[feature * LANES + lane] = rows[row * stride + self.features[feature]]
            memset(self.alive, 0xff, self.tree_count * LANES * sizeof(uint32_t))
            walk_splits(<Split*>self.splits, self.firsts, self.feature_count, self.columns, self.alive)
            add_leaves(self.leaves, self.alive, self.tree_count, self.base, self.single, sums)
            for lane in range(min(<Py_ssize_t>LANES, count - first)):
                margins[first + lane] = sums[lane]
            first += LANES

    cdef void points_of_rows(
            self, const int32_t* rows, Py_ssize_t count, Py_ssize_t stride, int32_t* points) noexcept nogil:
        """Points of `count` rows that are `stride` numbers apart."""
        cdef double margins[LANES]
        cdef Py_ssize_t first, index
        first = 0
        while first < count:
            self.margins_of_rows(&rows[first * stride], min(<Py_ssize_t>LANES, count - first), stride, margins)
            for index in range(min(<Py_ssize_t>LANES, count - first)):
                points[first + index] = self.points_of(margins[index])
            first += LANES

    cdef int32_t points_of(self, double margin) noexcept nogil:
        """How many of the cuts a margin reaches."""
        cdef int32_t low = 0, high = self.cut_count, middle
        while low < high:
            middle = (low + high) >> 1
            if self.cuts[middle] <= margin:
                low = middle + 1
            else:
                high = middle
        return low


def leaves_in_order(nodes):
    """The leaves of a tree from left to right, by their numbers."""
    return leaves_below(nodes, 0 if nodes["feature"] else -1)


def leaves_below(nodes, node):
    """The leaves below a node, or the leaf that it is, from left to right."""
    found, waiting = [], [node]
    while waiting:
        one = waiting.pop()
        if one < 0:
            found.append(-1 - one)
        else:
            waiting += (nodes["right"][one], nodes["left"][one])
    return found
