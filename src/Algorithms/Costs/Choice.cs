namespace Collectives.Algorithms.Costs;

/// <summary>A call, as far as the choice of its algorithm depends on it. All members ask the same.</summary>
/// <param name="Bytes">Of the whole buffer; with a part for each member, of all parts together.</param>
/// <param name="Root">Of a broadcast or a reduction.</param>
public readonly record struct ChoiceQuestion(Collective Collective, long Bytes, int Root = 0);

/// <param name="Seconds">That it is predicted to take.</param>
public readonly record struct Choice(Algorithm Algorithm, double Seconds);

/// <summary>An algorithm that a call could take.</summary>
/// <param name="Seconds">That it is predicted to take.</param>
/// <param name="Hops">One after the other, on the longest way.</param>
/// <param name="BytesSent">By the member that sends the most.</param>
/// <param name="World">Members of the call.</param>
public readonly record struct Candidate(Algorithm Algorithm, double Seconds, int Hops, long BytesSent, int World);
