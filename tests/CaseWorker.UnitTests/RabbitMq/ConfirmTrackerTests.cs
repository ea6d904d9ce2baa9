using CaseWorker.RabbitMq;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.RabbitMq;

public sealed class ConfirmTrackerTests
{
    private readonly ConfirmTracker confirms = new(answered: null);

    [Fact]
    public void What_is_not_answered_is_not_confirmed()
    {
        var answered = confirms.AnsweredUpToAsync(1);
        confirms.IsConfirmed(1).ShouldBeFalse();
        answered.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_window_is_answered_when_its_last_gap_closes()
    {
        var answered = confirms.AnsweredUpToAsync(4);
        confirms.Answer(4, multiple: false, isConfirmed: true);
        confirms.Answer(2, multiple: true, isConfirmed: true);
        confirms.IsConfirmed(3).ShouldBeFalse();
        confirms.IsConfirmed(4).ShouldBeTrue();
        answered.IsCompleted.ShouldBeFalse("the third is missing");
        confirms.Answer(3, multiple: false, isConfirmed: true);
        await answered;
    }

    [Fact]
    public async Task A_refusal_is_an_answer_and_no_confirm()
    {
        confirms.Answer(1, multiple: false, isConfirmed: true);
        confirms.Answer(3, multiple: true, isConfirmed: false);
        await confirms.AnsweredUpToAsync(3);
        confirms.IsConfirmed(1).ShouldBeTrue("it was answered before the broker refused the rest");
        confirms.IsConfirmed(2).ShouldBeFalse();
        confirms.IsConfirmed(3).ShouldBeFalse();
    }

    [Fact]
    public void A_refusal_of_many_does_not_take_back_what_was_confirmed_ahead_of_them()
    {
        confirms.Answer(2, multiple: false, isConfirmed: true);
        confirms.Answer(3, multiple: true, isConfirmed: false);
        confirms.IsConfirmed(1).ShouldBeFalse();
        confirms.IsConfirmed(2).ShouldBeTrue();
    }

    [Fact]
    public void Each_publish_is_reported_once_with_the_brokers_first_answer()
    {
        var reported = new List<(ulong Number, bool IsConfirmed)>();
        var tracker = new ConfirmTracker((number, isConfirmed) => reported.Add((number, isConfirmed)));
        tracker.Answer(2, multiple: false, isConfirmed: true);
        tracker.Answer(3, multiple: true, isConfirmed: false);
        tracker.Answer(3, multiple: true, isConfirmed: true);
        tracker.Answer(1, multiple: false, isConfirmed: true);
        tracker.End();
        reported.ShouldBe([(2, true), (1, false), (3, false)]);
    }

    [Fact]
    public async Task The_end_of_the_channel_ends_the_wait_and_confirms_nothing()
    {
        var answered = confirms.AnsweredUpToAsync(2);
        confirms.Answer(1, multiple: false, isConfirmed: true);
        confirms.End();
        await answered;
        confirms.IsConfirmed(1).ShouldBeTrue();
        confirms.IsConfirmed(2).ShouldBeFalse();
        await confirms.AnsweredUpToAsync(9);
    }

    [Fact]
    public async Task Each_publish_has_the_brokers_own_answer_in_whatever_order_answers_come()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var taken = new ConfirmTracker(answered: null);
            var answers = new bool?[random.Next(1, 40) + 1];
            var answered = taken.AnsweredUpToAsync((ulong)answers.Length - 1);
            while (Array.IndexOf(answers, null, 1) > 0)
            {
                var number = random.Next(1, answers.Length);
                var (multiple, isConfirmed) = (random.Next(3) == 0, random.Next(4) > 0);
                if (answers[number] is not null)
                {
                    continue;
                }

                for (var tag = multiple ? 1 : number; tag <= number; tag++)
                {
                    answers[tag] ??= isConfirmed;
                }

                answered.IsCompleted.ShouldBeFalse();
                taken.Answer((ulong)number, multiple, isConfirmed);
            }

            await answered;
            Enumerable.Range(1, answers.Length - 1).Select(number => taken.IsConfirmed((ulong)number)).ShouldBe(answers[1..].Select(answer => answer!.Value), $"seed {seed}");
        }
    }
}
