using Collectives.Native.Handles;

namespace Collectives.Native.Tests.Handles;

public class HandleTableTests
{
    private readonly HandleTable<object> _table = new(HandleKind.Work);

    [Fact]
    public void FindsWhatWasAdded()
    {
        object[] objects = [.. Enumerable.Range(0, 100).Select(_ => new object())];
        nint[] handles = [.. objects.Select(_table.Add)];
        Assert.Equal(100, handles.Distinct().Count());
        for (int i = 0; i < objects.Length; i++)
        {
            using Borrow<object> borrow = _table.Borrow(handles[i]);
            Assert.Same(objects[i], borrow.Value);
        }
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(1L)]
    [InlineData(-1L)]
    [InlineData(0x7FFF_1234_5678L)]
    public void RefusesWhatItNeverGaveOut(long pointer)
    {
        _table.Add(new object());
        Assert.False(_table.Borrow((nint)pointer).IsLive);
        Assert.False(_table.Close((nint)pointer).IsLive);
    }

    [Fact]
    public void RefusesAHandleOfAnotherKind()
    {
        HandleTable<object> other = new(HandleKind.Communicator);
        Assert.False(_table.Borrow(other.Add(new object())).IsLive);
    }

    [Fact]
    public void RefusesADestroyedHandleAlsoWhenItsSlotIsUsedAgain()
    {
        HashSet<nint> dead = [];
        for (int i = 0; i < 1000; i++)
        {
            nint handle = _table.Add(new object());
            Assert.DoesNotContain(handle, dead);
            using (Closing<object> closing = _table.Close(handle))
            {
                Assert.True(closing.IsLive);
                Assert.False(_table.Borrow(handle).IsLive);
                Assert.False(_table.Close(handle).IsLive);
            }

            dead.Add(handle);
            Assert.All(dead, pointer => Assert.False(_table.Borrow(pointer).IsLive));
        }

        // One slot served them all: its index stands in the low bits.
        Assert.Single(dead.Select(pointer => Handle.Decode(pointer).Index).Distinct());
    }

    [Fact(Timeout = 30_000)]
    public async Task CloseWaitsForCallsInProgress()
    {
        nint handle = _table.Add(new object());
        using ManualResetEventSlim entered = new();
        using ManualResetEventSlim mayLeave = new();
        Task call = Task.Factory.StartNew(() =>
        {
            using Borrow<object> borrow = _table.Borrow(handle);
            entered.Set();
            mayLeave.Wait();
            Assert.NotNull(borrow.Value);
        }, TaskCreationOptions.LongRunning);
        entered.Wait();
        Task destroy = Task.Factory.StartNew(() =>
        {
            using Closing<object> closing = _table.Close(handle);
            Assert.True(closing.InUse);
            mayLeave.Set();
            closing.WaitUntilUnused();
            Assert.False(_table.Borrow(handle).IsLive);
        }, TaskCreationOptions.LongRunning);
        await Task.WhenAll(call, destroy);
    }

    [Fact(Timeout = 60_000)]
    public async Task ThreadsThatAddAndCloseNeverShareAnObject()
    {
        IEnumerable<Task> threads = Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(() =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                object own = new();
                nint handle = _table.Add(own);
                using (Borrow<object> borrow = _table.Borrow(handle))
                {
                    Assert.Same(own, borrow.Value);
                }

                using Closing<object> closing = _table.Close(handle);
                Assert.Same(own, closing.Value);
            }
        }, TaskCreationOptions.LongRunning));
        await Task.WhenAll(threads);
    }

    [Fact]
    public void LookingUpAllocatesNothing()
    {
        nint handle = _table.Add(new object());
        bool live = true;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            using Borrow<object> borrow = _table.Borrow(handle);
            live &= borrow.IsLive;
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.True(live);
    }

    [Fact]
    public void AddingAndClosingAllocateNothingOnceTheTableHasGrown()
    {
        object value = new();
        _table.Close(_table.Add(value)).Dispose();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            _table.Close(_table.Add(value)).Dispose();
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
