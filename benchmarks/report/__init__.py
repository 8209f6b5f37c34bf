"""What was measured, as tables, plots and a page. Everything here is made from the run's one document.

::

    tables    rows of words and figures, for a terminal and for Markdown
    plots     bars and lines as SVG, without scripts, fonts or anything from elsewhere
    drawing   the axes, the legend and the colours of a plot, in light and in dark
    pages     the directory `docs/figures`
"""

from __future__ import annotations
