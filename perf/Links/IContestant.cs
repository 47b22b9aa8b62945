namespace Collectives.Perf.Links;

/// <summary>A way to move segments between the two processes.</summary>
internal interface IContestant : IDisposable
{
    /// <summary>The port that it listens at in this process.</summary>
    int Port { get; }

    /// <summary>Connects the two processes' halves; returns when that has been done.</summary>
    void Connect(bool leads, int port);

    /// <summary>
    /// Takes part in the exchange until its end. The following process says that it is ready once nothing of the
    /// leading one's can come too early for it.
    /// </summary>
    /// <param name="run">Tells exchanges apart, the same in both processes.</param>
    /// <param name="roundTrips">The leading process's times of its ping-pongs, in seconds.</param>
    /// <param name="ready">Called by the following process.</param>
    void Run(in Exchange exchange, bool leads, ulong run, List<double> roundTrips, Action ready);
}
