using Collectives.Algorithms.Reduction;

namespace Collectives.Algorithms.Tests.Reduction;

public sealed class DataTypesTests
{
    [Theory]
    [InlineData(1, 1, "i8", false)]
    [InlineData(2, 1, "u8", false)]
    [InlineData(3, 2, "i16", false)]
    [InlineData(4, 2, "u16", false)]
    [InlineData(5, 4, "i32", false)]
    [InlineData(6, 4, "u32", false)]
    [InlineData(7, 8, "i64", false)]
    [InlineData(8, 8, "u64", false)]
    [InlineData(20, 2, "f16", true)]
    [InlineData(21, 2, "bf16", true)]
    [InlineData(22, 4, "f32", true)]
    [InlineData(23, 8, "f64", true)]
    public void Facts(int value, int size, string name, bool floating)
    {
        var type = (DataType)value;
        Assert.True(DataTypes.IsDefined(type));
        Assert.Equal(size, DataTypes.Size(type));
        Assert.Equal(name, DataTypes.Name(type));
        Assert.Equal(floating, DataTypes.IsFloating(type));
        Assert.True(DataTypes.TryParse(name.ToUpperInvariant(), out DataType parsed));
        Assert.Equal(type, parsed);
    }

    [Fact]
    public void Exactly_the_listed_values_are_defined()
    {
        DataType[] defined = [.. Enumerable.Range(-10, 300).Select(i => (DataType)i).Where(DataTypes.IsDefined)];
        Assert.Equal(Enum.GetValues<DataType>(), defined);
        Assert.Equal(defined, DataTypes.All.ToArray());
        ReduceOp[] ops = [.. Enumerable.Range(-10, 300).Select(i => (ReduceOp)i).Where(ReduceOps.IsDefined)];
        Assert.Equal(Enum.GetValues<ReduceOp>(), ops);
        Assert.Equal(ops, ReduceOps.All.ToArray());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("float")]
    [InlineData("22")]
    public void Other_names_are_refused(string? text)
    {
        Assert.False(DataTypes.TryParse(text, out _));
        Assert.False(ReduceOps.TryParse(text, out _));
    }

    [Fact]
    public void Operations_are_named_as_in_nccl_tests()
    {
        Assert.Equal(["sum", "avg", "prod", "min", "max"], ReduceOps.All.ToArray().Select(ReduceOps.Name));
        foreach (ReduceOp op in ReduceOps.All)
        {
            Assert.True(ReduceOps.TryParse(ReduceOps.Name(op), out ReduceOp parsed));
            Assert.Equal(op, parsed);
        }
    }
}
