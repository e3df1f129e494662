"""Native charts, readable in greyscale: dark against light, lines told apart by their dashes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from openpyxl.chart import BarChart, LineChart, Reference, ScatterChart, Series
from openpyxl.chart._chart import ChartBase
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.marker import DataPoint, Marker
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import (
    CharacterProperties,
    Font,
    Paragraph,
    ParagraphProperties,
    RegularTextRun,
    RichTextProperties,
)
from openpyxl.utils import get_column_letter

from auditor.config.workbook import WorkbookLabels
from auditor.workbook.cells import place
from auditor.workbook.styles import FONT

_POINT = 12_700  # English metric units
_PERCENT, _COUNT = "0%", "#,##0"
_LEFT_HALF, _RIGHT_HALF = ("r", "t", "b"), ("l", "t", "b")  # sides of a point for its name
_FEW = 10  # so many cases can be marked one by one


@dataclass(frozen=True, slots=True)
class Cells:
    """A piece of a column: sheet title, column number, first and last row."""

    title: str
    column: int
    first: int
    last: int

    @property
    def reference(self) -> Reference:
        """The piece as charts name it."""
        letter = get_column_letter(self.column)
        cells = f"${letter}${self.first}:${letter}${self.last}"
        return Reference(range_string=place(self.title, cells))


def draw_waterfall(
    labels: WorkbookLabels,
    title: str,
    first: int,
    steps: int,
    base_column: int,
    totals: Sequence[int],
    peak: int,
) -> BarChart:
    """Stacked bars, the first on top: an unseen base (`base_column`), on it the step.

    The steps stand in the column after the base, their names in column A, from row `first`;
    `totals` are the steps drawn darker, `peak` is the longest bar.
    """
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap, chart.gapWidth = "bar", "stacked", 100, 35
    last = first + steps - 1
    base = Series(Cells(title, base_column, first, last).reference, title="base")
    base.graphicalProperties = GraphicalProperties(noFill=True)
    base.graphicalProperties.line.noFill = True
    bars = Series(Cells(title, base_column + 1, first, last).reference, title=labels.words.cases)
    bars.graphicalProperties = _filled(labels.palette.chart_light)
    for step in totals:
        bars.data_points.append(DataPoint(idx=step, spPr=_filled(labels.palette.chart_middle)))
    bars.dLbls = _labels(showVal=True, numFmt=_COUNT)
    chart.series = [base, bars]
    chart.set_categories(Cells(title, 1, first, last).reference)
    chart.x_axis.scaling.orientation = "maxMin"  # the first step on top
    if peak <= _FEW:
        chart.y_axis.majorUnit = 1  # else the program writes parts of a case
    chart.y_axis.number_format = _COUNT
    _finish(chart, labels.words.waterfall, "", labels.words.cases_axis, width=18, height=9.5)
    chart.legend = None
    return chart


def draw_control_chart(
    labels: WorkbookLabels,
    title: str,
    points: Cells,
    lines: Sequence[tuple[str, Cells]],
    *,
    axes: tuple[str, str],
    shares: bool,
    ceiling: float | None,
) -> LineChart:
    """A value from point to point with its centre and limits.

    Args:
        labels: Colours.
        title: Title of the chart.
        points: What stands along the axis across.
        lines: Name and cells of the values, then the centre, then the limits.
        axes: Titles of the axis across and the axis up.
        shares: The values are shares, shown as percentages.
        ceiling: Where the axis up ends; None: where the program ends it.
    """
    chart = LineChart()
    for number, (name, cells) in enumerate(lines):
        series = Series(cells.reference, title=name)
        series.smooth = False
        if number == 0:
            series.marker = Marker("circle", size=7, spPr=_filled(labels.palette.chart_dark))
            series.graphicalProperties = _line(labels.palette.chart_dark, 1.75)
        else:
            series.marker = Marker("none")
            dash = (None, "dash", "sysDash")[min(number - 1, 2)]
            series.graphicalProperties = _line("595959", 1, dash)
        chart.series.append(series)
    chart.set_categories(points.reference)
    chart.y_axis.scaling.min, chart.y_axis.scaling.max = 0, ceiling
    chart.y_axis.number_format = _PERCENT if shares else _COUNT
    across, up = axes
    _finish(chart, title, across, up, width=26, height=8.3)
    chart.x_axis.txPr = _small(turned=True)
    return chart


def draw_rows(
    labels: WorkbookLabels, title: str, days: Cells, lines: Sequence[tuple[str, Cells]]
) -> LineChart:
    """How many rows there are day by day, a line a table."""
    chart = LineChart()
    for number, (name, cells) in enumerate(lines):
        series = Series(cells.reference, title=name)
        series.smooth = False
        series.marker = Marker("none")
        colour = labels.palette.chart_dark if number == 0 else "7F7F7F"
        series.graphicalProperties = _line(colour, 1.75, None if number == 0 else "dash")
        chart.series.append(series)
    chart.set_categories(days.reference)
    chart.x_axis.number_format = "yyyy-mm-dd"
    chart.x_axis.tickLblSkip = 7
    chart.y_axis.scaling.min = 0
    chart.y_axis.number_format = _COUNT
    _finish(chart, title, labels.words.day, labels.words.rows_axis, width=26, height=9)
    chart.x_axis.txPr = _small(turned=True)
    return chart


def draw_funnel(
    labels: WorkbookLabels,
    title: str,
    sizes: Cells,
    lines: Sequence[tuple[str, Cells]],
    points: Sequence[tuple[str, Cells, Cells]],
    named: Collection[str],
    ends: tuple[tuple[float, float], tuple[float, float]],
) -> ScatterChart:
    """Limits over the number of cases, and each place as a point (`name, size, rate`).

    `lines` are the mean, lower and upper 95 %, lower and upper 99.8 %. Only the `named` places
    have their names beside them, on alternate sides, as neighbours would write over each other,
    and never towards the near edge: `points` come by size. `ends` are those of the axis across and
    of the axis up.
    """
    chart = ScatterChart()
    chart.style, chart.scatterStyle = 13, "lineMarker"
    for number, (name, cells) in enumerate(lines):
        series = Series(cells.reference, sizes.reference, title=name)
        series.marker = Marker("none")
        dash = (None, "dash", "dash", "sysDot", "sysDot")[number]
        series.graphicalProperties = _line("595959" if number else "000000", 1.25, dash)
        series.smooth = False
        chart.series.append(series)
    for number, (name, size, rate) in enumerate(points):
        series = Series(rate.reference, size.reference, title=name)
        series.marker = Marker("circle", size=8, spPr=_filled(labels.palette.chart_dark))
        series.graphicalProperties = GraphicalProperties()
        series.graphicalProperties.line.noFill = True
        if name in named:
            sides = _LEFT_HALF if 2 * number < len(points) else _RIGHT_HALF
            series.dLbls = _labels(showSerName=True, dLblPos=sides[number % len(sides)])
        chart.series.append(series)
    for axis, (least, most) in zip((chart.x_axis, chart.y_axis), ends, strict=True):
        axis.scaling.min, axis.scaling.max = least, most
        axis.crosses = "min"
    chart.y_axis.number_format = _PERCENT
    chart.x_axis.number_format = _COUNT
    chart.x_axis.majorGridlines = None
    _finish(chart, title, labels.words.size_axis, labels.words.rate_axis, width=24, height=12)
    chart.legend = None
    return chart


def _finish(
    chart: ChartBase, title: str, across: str, up: str, *, width: float, height: float
) -> None:
    chart.title = _title(title, 12)
    if across:
        chart.x_axis.title = _title(across, 9)
    chart.y_axis.title = _title(up, 9)
    chart.x_axis.txPr, chart.y_axis.txPr = _small(), _small()
    # openpyxl 3.1 leaves this unset, which newer Excel takes for "no axis".
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.width, chart.height = width, height  # centimetres
    if chart.legend is not None:
        chart.legend.position = "b"
    grid = chart.y_axis.majorGridlines
    if grid is not None:
        grid.spPr = _line("E3E3E3", 0.5)


def _title(text: str, points: int) -> Title:
    font = _font(points, bold=True)
    paragraph = Paragraph(
        pPr=ParagraphProperties(defRPr=font), r=[RegularTextRun(rPr=font, t=text)]
    )
    return Title(tx=Text(rich=RichText(p=[paragraph])), overlay=False)


def _small(*, turned: bool = False) -> RichText:
    """Small axis labels; turned by 45 degrees where they would be broken or left out."""
    body = RichTextProperties(rot=-2_700_000 if turned else None)
    paragraph = Paragraph(pPr=ParagraphProperties(defRPr=_font(8)))
    return RichText(bodyPr=body, p=[paragraph])


def _font(points: int, *, bold: bool = False) -> CharacterProperties:
    return CharacterProperties(sz=points * 100, b=bold, latin=Font(typeface=FONT))


def _labels(**shown: object) -> DataLabelList:
    """Data labels that show only what is asked for."""
    hidden = ("showVal", "showSerName", "showCatName", "showLegendKey", "showPercent")
    return DataLabelList(**{name: False for name in hidden} | {"txPr": _small()} | shown)


def _filled(colour: str) -> GraphicalProperties:
    filled = GraphicalProperties(solidFill=colour)
    filled.line.solidFill = colour
    return filled


def _line(colour: str, points: float, dash: str | None = None) -> GraphicalProperties:
    line = LineProperties(solidFill=colour, w=round(points * _POINT), prstDash=dash)
    return GraphicalProperties(ln=line)
