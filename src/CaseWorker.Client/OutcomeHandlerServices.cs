using System.Diagnostics.CodeAnalysis;
using CaseWorker.Client.Handling;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace CaseWorker.Client;

/// <summary>Registers outcome handlers with an application's services.</summary>
public static class OutcomeHandlerServices
{
    /// <summary>
    /// Adds a subscriber: a durable queue whose outcomes <typeparamref name="THandler"/> handles while the application runs. It reconnects by
    /// itself when the broker or the API was away; the health check <c>outcomes-&lt;queue&gt;</c> reports what is wrong. If several instances
    /// of the application run, one handles outcomes and the others stand by.
    /// </summary>
    /// <typeparam name="THandler">The handler. It is registered as scoped, unless it is registered already; each outcome has its own scope.</typeparam>
    /// <param name="services">Services to which <c>AddCaseWorkerClient</c> is applied too.</param>
    /// <param name="configure">Sets the options. <see cref="OutcomeHandlerOptions.Queue"/> and a store for the positions are required.</param>
    /// <exception cref="OptionsValidationException">An option is invalid.</exception>
    /// <exception cref="ArgumentException">The queue has a handler already.</exception>
    public static IServiceCollection AddOutcomeHandler<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(this IServiceCollection services, Action<OutcomeHandlerOptions> configure)
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
