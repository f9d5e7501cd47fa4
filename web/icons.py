"""The icons of the pages: simple strokes on 24 x 24, drawn for them, never the only carrier of a meaning."""

from collections.abc import Mapping

from markupsafe import Markup

_SHAPES = {
    "mark": '<circle cx="6.5" cy="17.5" r="2.5"/><circle cx="17.5" cy="6.5" r="2.5"/>'
    '<path d="M9 17.5h4.6a3.7 3.7 0 0 0 0-7.4h-2.9a1.8 1.8 0 0 1 0-3.6H15"/>',
    "consistent": '<path d="M12 2.8 19.5 6v5.4c0 4.6-3.1 8.2-7.5 9.8-4.4-1.6-7.5-5.2-7.5-9.8V6z"/>'
    '<path d="m8.6 11.9 2.4 2.4 4.5-4.7"/>',
    "attention": '<path d="M12 3.6 21.3 20H2.7z"/><path d="M12 10v4.6"/><path d="M12 17.4h.01"/>',
    "suspicious": '<path d="M2.8 12S6.2 5.8 12 5.8 21.2 12 21.2 12 17.8 18.2 12 18.2 2.8 12 2.8 12z"/>'
    '<path d="M12 9v3.4"/><path d="M12 15.2h.01"/>',
    "stopped": '<path d="M8 2.8h8L21.2 8v8L16 21.2H8L2.8 16V8z"/><path d="M8.2 12h7.6"/>',
    "not_on_record": '<path d="M6.5 2.8h7.8l4.2 4.2v14.2h-12z"/>'
    '<path d="M10 10.4a2.3 2.3 0 1 1 3.2 2.1c-.8.3-1.1.8-1.1 1.5"/><path d="M12.1 17.2h.01"/>',
    "none": '<path d="M3.5 6v12"/><path d="M7 6v12"/><path d="M11 6v12"/><path d="M14 6v12"/><path d="M17 6v12"/>'
    '<path d="M20.5 6v12"/>',
    "info": '<circle cx="12" cy="12" r="9"/><path d="M12 11v5.4"/><path d="M12 7.8h.01"/>',
    "done": '<circle cx="12" cy="12" r="9"/><path d="m8 12.3 2.7 2.7L16 9.4"/>',
    "open": '<circle cx="12" cy="12" r="9" stroke-dasharray="3.2 3.1"/><path d="M8.5 12h7"/>',
    "lock": '<rect x="5" y="10.5" width="14" height="10" rx="2"/><path d="M8 10.5V7.4a4 4 0 0 1 8 0v3.1"/>',
    "made": '<path d="M3.5 20.5V9.8l5.2 3.4V9.8l5.2 3.4V4.5h6.6v16z"/>',
    "packed": '<path d="m12 3 8 4.3v9.4L12 21l-8-4.3V7.3z"/><path d="m4 7.3 8 4.4 8-4.4"/><path d="M12 11.7V21"/>',
    "moved": '<path d="M2.5 6.5h11v10h-11z"/><path d="M13.5 10h4l4 3.4v3.1h-8"/><circle cx="7" cy="18" r="1.9"/>'
    '<circle cx="17" cy="18" r="1.9"/>',
    "arrived": '<path d="M12 21s6.8-6 6.8-11.2a6.8 6.8 0 1 0-13.6 0C5.2 15 12 21 12 21z"/>'
    '<circle cx="12" cy="9.8" r="2.4"/>',
    "inspected": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.4 15.4 5.1 5.1"/>',
    "held": '<path d="M9 5v14"/><path d="M15 5v14"/>',
    "released": '<path d="M5 12h13"/><path d="m13 6.5 5.5 5.5-5.5 5.5"/>',
    "sold": '<path d="M5 8h14l-1.2 12.5H6.2z"/><path d="M8.8 8V6.8a3.2 3.2 0 0 1 6.4 0V8"/>',
    "ended": '<circle cx="12" cy="12" r="9"/><path d="m9 9 6 6"/><path d="m15 9-6 6"/>',
    "seen": '<circle cx="12" cy="12" r="3.2"/><path d="M12 3.5v2.6"/><path d="M12 17.9v2.6"/><path d="M3.5 12h2.6"/>'
    '<path d="M17.9 12h2.6"/>',
}

ICONS: Mapping[str, Markup] = {
    name: Markup(  # noqa: S704  drawn above, nothing of it comes from a request
        '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" '
        f'stroke-linejoin="round" aria-hidden="true">{shape}</svg>'
    )
    for name, shape in _SHAPES.items()
}
"""Each icon as markup that takes the colour of the text around it."""
