namespace Yunhe.Core.Scheduling.Queueing;

/// <summary>What is in the system, by slot: one array per attribute. Slots of jobs that left are used again, last freed first.</summary>
internal sealed class JobTable
{
    public BatchJob[] Job = new BatchJob[16];

    /// <summary>Expected run time, seconds.</summary>
    public long[] Predicted = new long[16];

    /// <summary>−1: waiting, −2: the slot is free.</summary>
    public long[] Start = new long[16];

    /// <summary>Expected end of a running job; planned start of a waiting one under conservative backfill, −1: none yet.</summary>
    public long[] Due = new long[16];

    public double[] Key = new double[16];

    /// <summary>Rising number of submission: the last tie-break everywhere.</summary>
    public long[] Sequence = new long[16];

    public int[] Corrections = new int[16];

    /// <summary>Most work present at a decision while it waited, processor seconds; kept where a policy needs it.</summary>
    public double[] MostWork = new double[16];

    private int[] vacant = new int[16];
    private int vacancies;
    private int used;
    private long submitted;

    public int Add(in BatchJob job, long predicted)
    {
        var slot = vacancies > 0 ? vacant[--vacancies] : used++;
        if (slot == Job.Length) Reserve(slot * 2);
        (Job[slot], Predicted[slot], Start[slot], Due[slot], Sequence[slot], Corrections[slot]) = (job, predicted, -1, -1, submitted++, 0);
        MostWork[slot] = 0;
        return slot;
    }

    public void Remove(int slot)
    {
        Start[slot] = -2;
        vacant[vacancies++] = slot;
    }

    public bool Holds(int slot) => (uint)slot < (uint)used && Start[slot] != -2;

    public void CopyTo(JobTable other)
    {
        if (other.Job.Length < used) other.Reserve(Job.Length);
        Array.Copy(Job, other.Job, used);
        Array.Copy(Predicted, other.Predicted, used);
        Array.Copy(Start, other.Start, used);
        Array.Copy(Due, other.Due, used);
        Array.Copy(Key, other.Key, used);
        Array.Copy(Sequence, other.Sequence, used);
        Array.Copy(Corrections, other.Corrections, used);
        Array.Copy(MostWork, other.MostWork, used);
        Array.Copy(vacant, other.vacant, vacancies);
        (other.vacancies, other.used, other.submitted) = (vacancies, used, submitted);
    }

    private void Reserve(int size)
    {
        Array.Resize(ref Job, size);
        Array.Resize(ref Predicted, size);
        Array.Resize(ref Start, size);
        Array.Resize(ref Due, size);
        Array.Resize(ref Key, size);
        Array.Resize(ref Sequence, size);
        Array.Resize(ref Corrections, size);
        Array.Resize(ref MostWork, size);
        Array.Resize(ref vacant, size);
    }
}
