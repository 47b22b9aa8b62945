using System.Text;
using Collectives.Native.Exports;
using Collectives.Transport;

namespace Collectives.Native.Tests;

public class VersionTests
{
    [Fact]
    public void IsTheBuildsVersion()
    {
        System.Version built = typeof(VersionExports).Assembly.GetName().Version!;
        Assert.Equal(built.ToString(3), Encoding.ASCII.GetString(VersionExports.Text));
    }

    [Fact]
    public void EveryStatusHasItsOwnName()
    {
        string[] names = [.. Enum.GetValues<Status>().Select(status => Encoding.ASCII.GetString(ErrorExports.Name(status)))];
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.DoesNotContain("COLL_UNKNOWN", names);
    }
}
