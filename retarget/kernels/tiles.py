"""Squares of 8 by 8 numbers that stay in vector registers, for compiled functions.

Numba has neither vectors nor a way to keep an array out of memory, and LLVM does not find vectors
this short in loops. So a square is a type of its own here, `Tile`, of eight columns that are each
a vector of eight rows of float32, and what is done with squares is written in LLVM's terms, for
whatever vectors a machine has. Products are fused into sums where it can.

Squares in memory are named by a flat float32 array, the index of their first entry, and the stride
from column to column; the eight rows of a column are neighbours.
"""

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic, models, register_model

TILE = 8
"""Rows and columns of a square."""

_FLOAT = ir.FloatType()
_ROWS = ir.VectorType(_FLOAT, TILE)
_FUSED = ("contract",)


class Tile(types.Type):
    """Eight columns, each a vector of eight rows, of float32."""

    def __init__(self) -> None:
        super().__init__(name="Tile")


_tile = Tile()


@register_model(Tile)
class _TileModel(models.PrimitiveModel):
    def __init__(self, manager, kind) -> None:
        super().__init__(manager, kind, ir.ArrayType(_ROWS, TILE))


def _pointer(context, builder, kind, value, index):
    """Address of one entry of a flat array."""
    return builder.gep(context.make_array(kind)(context, builder, value).data, [index])


def _load(builder, pointer):
    return builder.load(builder.bitcast(pointer, _ROWS.as_pointer()), align=4)


def _store(builder, vector, pointer):
    builder.store(vector, builder.bitcast(pointer, _ROWS.as_pointer()), align=4)


def _spread(builder, scalar):
    """One number in all rows."""
    one = builder.insert_element(ir.Constant(_ROWS, ir.Undefined), scalar, _int(0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), TILE), [0] * TILE)
    return builder.shuffle_vector(one, ir.Constant(_ROWS, ir.Undefined), zeros)


def _int(value):
    return ir.Constant(ir.IntType(32), value)


def _step(value):
    return ir.Constant(ir.IntType(64), value)


def _less(builder, vector, a, b):
    """`vector - a b`, fused where the machine can."""
    return builder.fsub(vector, builder.fmul(a, b, flags=_FUSED), flags=_FUSED)


def _columns(builder, tile):
    return [builder.extract_value(tile, k) for k in range(TILE)]


def _packed(builder, columns):
    tile = ir.Constant(ir.ArrayType(_ROWS, TILE), ir.Undefined)
    for k, column in enumerate(columns):
        tile = builder.insert_value(tile, column, k)
    return tile


def _every(builder, pointer, stride):
    """Pointers to the eight columns of a square in memory."""
    out = [pointer]
    for _ in range(TILE - 1):
        out.append(builder.gep(out[-1], [stride]))
    return out


@intrinsic
def zero_tile(_typing):
    """A square of zeros."""

    def generate(_context, _builder, _signature, _args):
        return ir.Constant(ir.ArrayType(_ROWS, TILE), None)

    return _tile(), generate


@intrinsic
def add_tile(_typing, tile, array, at, stride):
    """A square plus one in memory: `tile + M`."""

    def generate(context, builder, signature, args):
        pointer = _pointer(context, builder, signature.args[1], args[1], args[2])
        columns = _columns(builder, args[0])
        pointers = _every(builder, pointer, args[3])
        rows = zip(columns, pointers, strict=True)
        return _packed(builder, [builder.fadd(c, _load(builder, p)) for c, p in rows])

    return _tile(tile, array, types.intp, types.intp), generate


@intrinsic
def store_tile(_typing, tile, array, at, stride):
    """A square written to memory."""

    def generate(context, builder, signature, args):
        pointer = _pointer(context, builder, signature.args[1], args[1], args[2])
        columns = _columns(builder, args[0])
        for column, p in zip(columns, _every(builder, pointer, args[3]), strict=True):
            _store(builder, column, p)
        return context.get_dummy_value()

    return types.void(tile, array, types.intp, types.intp), generate


@intrinsic
def subtract(_typing, tile, array, rows, columns, stride):
    """A square less the product of two in memory, the second transposed: `tile − R Cᵀ`."""

    def generate(context, builder, signature, args):
        first = _pointer(context, builder, signature.args[1], args[1], args[2])
        second = _pointer(context, builder, signature.args[1], args[1], args[3])
        out = _columns(builder, args[0])
        firsts, seconds = _every(builder, first, args[4]), _every(builder, second, args[4])
        for p, q in zip(firsts, seconds, strict=True):
            column = _load(builder, p)
            for j in range(TILE):
                factor = builder.load(builder.gep(q, [_step(j)]))
                out[j] = _less(builder, out[j], column, _spread(builder, factor))
        return _packed(builder, out)

    return _tile(tile, array, types.intp, types.intp, types.intp), generate


@intrinsic
def factor(_typing, tile):
    """Cholesky factor L of a square, `tile = L Lᵀ`, with 1 / L_kk on its diagonal.

    `l_k := a_k / √a_kk` and `a_j −= l_jk l_k` for the columns j > k; rows above the diagonal mean
    nothing.
    """

    def generate(context, builder, signature, args):
        out = _columns(builder, args[0])
        root = builder.module.declare_intrinsic("llvm.sqrt", [_FLOAT])
        for k in range(TILE):
            pivot = builder.call(root, [builder.extract_element(out[k], _int(k))])
            inverse = builder.fdiv(ir.Constant(_FLOAT, 1.0), pivot)
            column = builder.fmul(out[k], _spread(builder, inverse))
            for j in range(k + 1, TILE):
                factor = _spread(builder, builder.extract_element(column, _int(j)))
                out[j] = _less(builder, out[j], column, factor)
            out[k] = builder.insert_element(column, inverse, _int(k))
        return _packed(builder, out)

    return _tile(tile), generate


@intrinsic
def divide(_typing, tile, array, at):
    """A square times the inverse of the transpose of a factor of `factor`: `tile L⁻ᵀ`.

    `x_k := b_k / l_kk` and `b_j −= l_jk x_k` for the columns j > k; L's columns are 8 apart.
    """

    def generate(context, builder, signature, args):
        pointer = _pointer(context, builder, signature.args[1], args[1], args[2])
        out = _columns(builder, args[0])
        for k in range(TILE):
            for j in range(k, TILE):
                where = builder.gep(pointer, [_step(TILE * k + j)])
                factor = _spread(builder, builder.load(where))
                if j == k:
                    out[k] = builder.fmul(out[k], factor)
                else:
                    out[j] = _less(builder, out[j], out[k], factor)
        return _packed(builder, out)

    return _tile(tile, array, types.intp), generate


@intrinsic
def subtract_vector(_typing, array, at, stride, x, x_at, out, out_at):
    """Eight entries less a product, in memory: `out − R x`, R a square in memory."""

    def generate(context, builder, signature, args):
        pointer = _pointer(context, builder, signature.args[0], args[0], args[1])
        factor = _pointer(context, builder, signature.args[3], args[3], args[4])
        target = _pointer(context, builder, signature.args[5], args[5], args[6])
        sums = [_load(builder, target), ir.Constant(_ROWS, [0.0] * TILE)]
        for k, p in enumerate(_every(builder, pointer, args[2])):
            scale = _spread(builder, builder.load(builder.gep(factor, [_step(k)])))
            sums[k % 2] = _less(builder, sums[k % 2], _load(builder, p), scale)
        _store(builder, builder.fadd(*sums), target)
        return context.get_dummy_value()

    long = types.intp
    return types.void(array, long, long, x, long, out, long), generate


@intrinsic
def subtract_transposed(_typing, tile, array, at, stride, x, x_at):
    """A square less another whose columns are multiplied by `x` entry by entry: `tile_k − R_k ∘ x`.

    The sums of the columns, see `add_sums`, are those of tile less `Rᵀ x`.
    """

    def generate(context, builder, signature, args):
        pointer = _pointer(context, builder, signature.args[1], args[1], args[2])
        factor = _load(builder, _pointer(context, builder, signature.args[4], args[4], args[5]))
        out = _columns(builder, args[0])
        for k, p in enumerate(_every(builder, pointer, args[3])):
            out[k] = _less(builder, out[k], _load(builder, p), factor)
        return _packed(builder, out)

    return _tile(tile, array, types.intp, types.intp, x, types.intp), generate


@intrinsic
def add_sums(_typing, tile, out, out_at):
    """The sum of each column added to eight entries: `out_k += Σ_i tile_ik`."""

    def generate(context, builder, signature, args):
        target = _pointer(context, builder, signature.args[1], args[1], args[2])
        columns = _columns(builder, args[0])
        while len(columns) > 1:
            half = len(columns) // 2
            columns = [_folded(builder, columns[k], columns[k + half], half) for k in range(half)]
        _store(builder, builder.fadd(_load(builder, target), columns[0]), target)
        return context.get_dummy_value()

    return types.void(tile, out, types.intp), generate


def _folded(builder, a, b, far):
    """Sums of rows `far` apart: those of `a`, then those of `b`, in each run of twice as many."""
    near, other = [], []
    for row in range(TILE):
        near.append(TILE + row - far if row & far else row)
        other.append(TILE + row if row & far else row + far)
    kind = ir.VectorType(ir.IntType(32), TILE)
    parts = [builder.shuffle_vector(a, b, ir.Constant(kind, rows)) for rows in (near, other)]
    return builder.fadd(*parts)
