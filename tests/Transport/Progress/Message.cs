using Collectives.Transport.Progress;

namespace Collectives.Transport.Tests.Progress;

internal sealed class Message(Action action) : ILoopMessage
{
    public void Run() => action();
}
