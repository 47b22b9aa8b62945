using Collectives.Perf.Wan.Emulation;

namespace Collectives.Perf.Wan.Commands;

/// <summary>The settings of a link, as words: rate=1gbit delay=40ms jitter=1ms loss=0.1% queue=5mb.</summary>
internal static class LinkWords
{
    private const long DefaultFading = 50_000_000, LeastQueueTime = 20_000_000;

    public static LinkSettings Parse(string[] words)
    {
        double? rate = null;
        double loss = 0;
        long? delay = null, queue = null;
        long jitter = 0, fading = DefaultFading;
        foreach (string word in words)
        {
            switch (word.Split('='))
            {
                case ["rate", var value]: rate = Quantity.Rate(value); break;
                case ["delay", var value]: delay = Quantity.Time(value); break;
                case ["jitter", var value]: jitter = Quantity.Time(value); break;
                case ["fading", var value]: fading = Quantity.Time(value); break;
                case ["loss", var value]: loss = Quantity.Share(value); break;
                case ["queue", var value]: queue = Quantity.Size(value); break;
                default: throw new CommandException($"expected rate=, delay=, jitter=, fading=, loss= or queue=, found {word}");
            }
        }
        if (rate is null || delay is null) throw new CommandException("expected rate= and delay=");
        // Unless told, routers are as generous as textbooks want them: what is under way there and back.
        queue ??= (long)(rate.Value / 8e9 * Math.Max(2 * delay.Value, LeastQueueTime));
        return new LinkSettings(rate.Value, delay.Value, jitter, fading, loss, queue.Value);
    }
}
