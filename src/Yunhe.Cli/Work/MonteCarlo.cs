namespace Yunhe.Cli.Work;

internal static class MonteCarlo
{
    public static double Pi(int points, int seed)
    {
        var random = new Random(seed);
        var inside = 0L;
        for (var i = 0; i < points; i++)
        {
            var (x, y) = (random.NextDouble(), random.NextDouble());
            if (x * x + y * y <= 1) inside++;
        }

        return 4.0 * inside / points;
    }
}
