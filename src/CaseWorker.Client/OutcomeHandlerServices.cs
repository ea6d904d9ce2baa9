using CaseWorker.Client.Handling;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace CaseWorker.Client;

/// <summary>Registers handlers of outcomes.</summary>
public static class OutcomeHandlerServices
{
    /// <summary>
    /// Adds a subscriber: a durable queue of its own, whose outcomes <typeparamref name="THandler"/> handles while the application runs. It
    /// connects by itself and survives the broker's and the API's absence; the health check <c>outcomes-&lt;queue&gt;</c> says what is
    /// wrong. Several instances of an application take turns: one handles, the others stand by.
    /// </summary>
    /// <typeparam name="THandler">The handler; made for each outcome, in a scope of its own, where it is not registered otherwise.</typeparam>
    /// <param name="services">Services with <c>AddCaseWorkerClient</c>.</param>
    /// <param name="configure">Sets the options; <see cref="OutcomeHandlerOptions.Queue"/> and where the positions are kept at least.</param>
    /// <exception cref="OptionsValidationException">An option cannot work.</exception>
    /// <exception cref="ArgumentException">The queue has a handler already.</exception>
    public static IServiceCollection AddOutcomeHandler<THandler>(this IServiceCollection services, Action<OutcomeHandlerOptions> configure)
        where THandler : class, IOutcomeHandler
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        var options = new OutcomeHandlerOptions();
        configure(options);
        options.Check();
        if (services.Any(service => service.ServiceType == typeof(OutcomeHealth) && Equals(service.ServiceKey, options.Queue)))
        {
            throw new ArgumentException($"The queue {options.Queue} has a handler already; each handler needs a queue of its own.", nameof(configure));
        }

        services.TryAddScoped<THandler>();
        services.AddKeyedSingleton<OutcomeHealth>(options.Queue);
        services.AddSingleton<IHostedService>(provider =>
        {
            var health = provider.GetRequiredKeyedService<OutcomeHealth>(options.Queue);
            var processor = ActivatorUtilities.CreateInstance<OutcomeProcessor>(provider, options, typeof(THandler), health);
            return ActivatorUtilities.CreateInstance<OutcomeSubscription>(provider, options, processor, health);
        });
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            $"outcomes-{options.Queue}", provider => provider.GetRequiredKeyedService<OutcomeHealth>(options.Queue), failureStatus: null, tags: null));
        return services;
    }
}
