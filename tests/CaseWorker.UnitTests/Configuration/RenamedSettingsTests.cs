using CaseWorker.Configuration;
using Microsoft.Extensions.Configuration;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Configuration;

public sealed class RenamedSettingsTests
{
    [Fact]
    public void A_value_under_the_old_name_binds_and_a_warning_names_the_new_one()
    {
        var section = Section(("CaseWorker:Lanes", "7"));

        RenamedSettings.WithNewNames(section).Get<CaseWorkerOptions>()!.Concurrency.ShouldBe(7);
        RenamedSettings.FindWarnings(section).Single().ShouldBe(
            "The setting CaseWorker:Lanes is now called CaseWorker:Concurrency. The old name still works; rename it (environment: CaseWorker__Concurrency).");
    }

    [Fact]
    public void The_new_name_wins_over_the_old_one() =>
        RenamedSettings.WithNewNames(Section(("CaseWorker:Lanes", "7"), ("CaseWorker:Concurrency", "3"))).Get<CaseWorkerOptions>()!.Concurrency.ShouldBe(3);

    [Fact]
    public void New_names_alone_give_no_warning() =>
        RenamedSettings.FindWarnings(Section(("CaseWorker:Concurrency", "3"))).ShouldBeEmpty();

    private static IConfigurationSection Section(params (string Name, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value)))
        .Build()
        .GetSection(CaseWorkerOptions.Section);
}
