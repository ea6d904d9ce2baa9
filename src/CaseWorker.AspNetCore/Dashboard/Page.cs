using CaseWorker.AspNetCore.Dashboard.Pages;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CaseWorker.AspNetCore.Dashboard;

/// <summary>What endpoints answer with. Components are public, as the Razor compiler makes them, and so are the records that they show.</summary>
internal static class Page
{
    public static RazorComponentResult Of<TPage>(object parameters, int status = StatusCodes.Status200OK)
        where TPage : IComponent => new RazorComponentResult<TPage>(parameters) { StatusCode = status, PreventStreamingRendering = true };

    /// <summary>A title and a sentence.</summary>
    public static RazorComponentResult Say(int status, string title, string text) => Of<MessagePage>(new { Title = title, Text = text }, status);
}
