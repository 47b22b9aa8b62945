namespace Collectives.Perf.Kernels;

/// <summary>What one would write first: an element at a time, as a C compiler translates it without vectors.</summary>
internal static unsafe class ScalarLoops
{
    public static void Sum(float* destination, float* left, float* right, int count)
    {
        for (int i = 0; i < count; i++)
            destination[i] = left[i] + right[i];
    }

    public static void Sum(Half* destination, Half* left, Half* right, int count)
    {
        for (int i = 0; i < count; i++)
            destination[i] = left[i] + right[i];
    }
}
