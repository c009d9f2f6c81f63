namespace Yunhe.Figures;

/// <summary>The frame of a page that is one file: no script, nothing from elsewhere, plots as SVG.</summary>
public static class Page
{
    public static void Begin(Markup page, string title, string language)
    {
        using var style = new StreamReader(typeof(Page).Assembly.GetManifestResourceStream("page.css")!);
        page.Raw($"<!DOCTYPE html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\"/><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>")
            .Raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>")
            .Raw("<meta name=\"color-scheme\" content=\"light dark\"/><title>").Text(title).Raw("</title>\n<style>\n").Raw(style.ReadToEnd()).Raw("</style></head>\n<body><main>\n");
    }

    public static void End(Markup page) => page.Raw("</main></body></html>\n");
}
