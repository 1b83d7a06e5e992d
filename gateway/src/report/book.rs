//! A report as a workbook: figures, units, items and months, with charts; who exported it stands on every page.

use rust_xlsxwriter::{
    Chart, ChartType, DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError,
};

use super::{Report, head};
use crate::console::lang::Lang;
use crate::figures::{Line, shown};
use projections::metrics::Metric;

/// Figures of a line.
const OF_LINES: [&str; 6] = ["result", "overdue", "first_contact", "solution", "satisfaction", "at_once"];

/// The workbook's bytes.
///
/// # Errors
/// It cannot be written.
pub fn bytes(report: &Report, l: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    // Who exported it stands in the file's own properties too.
    let named = DocProperties::new().set_author(&report.by).set_comment(report.watermark(l));
    book.set_properties(&named.set_creation_datetime(&made));
    overview(book.add_worksheet(), report, l)?;
    let units = l.t("下级单位", "Units");
    lines(book.add_worksheet(), report, (units, l.t("单位", "Unit")), &report.units, ChartType::Bar, l)?;
    let items = l.t("事项", "Items");
    lines(book.add_worksheet(), report, (items, l.t("事项", "Item")), &report.items, ChartType::Bar, l)?;
    let months = l.t("逐月", "Months");
    let columns = ChartType::ColumnStacked;
    lines(book.add_worksheet(), report, (months, l.t("月份", "Month")), &report.months, columns, l)?;
    book.save_to_buffer()
}

fn begin(sheet: &mut Worksheet, name: &str, report: &Report, l: Lang) -> Result<(), XlsxError> {
    let mark = report.watermark(l);
    // An ampersand begins a code of Excel's headers.
    let safe = mark.replace('&', "&&");
    let title = format!("{} {} {}", report.unit, report.title, report.period);
    sheet.set_name(name)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_header(format!("&L{}&R{safe}", title.replace('&', "&&")));
    sheet.set_footer(format!("&L{safe}&R&P / &N"));
    sheet.write_string_with_format(0, 0, &title, &Format::new().set_bold().set_font_size(14))?;
    sheet.write_string_with_format(1, 0, &mark, &Format::new().set_font_color("808080"))?;
    sheet.set_column_width(0, 30)?;
    Ok(())
}

fn overview(sheet: &mut Worksheet, report: &Report, l: Lang) -> Result<(), XlsxError> {
    begin(sheet, l.t("总览", "Overview"), report, l)?;
    let bold = Format::new().set_bold();
    let until = report.as_of.map_or_else(String::new, |day| format!("{} {day} · ", l.t("截至", "As of")));
    let said = format!("{until}{} {}", l.t("考评方案", "Scheme"), report.version);
    sheet.write_string(2, 0, said)?;
    let before = head(&report.before, l);
    for (column, text) in (0..).zip(["", l.t("本期", "Period"), l.t("上期", "Before")]) {
        sheet.write_string_with_format(3, column, text, &bold)?;
    }
    let mut row = 4;
    for ((name, now), (_, before)) in head(&report.total, l).into_iter().zip(before) {
        sheet.write_string(row, 0, name)?;
        sheet.write_number(row, 1, now as f64)?;
        sheet.write_number(row, 2, before as f64)?;
        row += 1;
    }
    row += 1;
    let columns = [
        l.t("指标", "Figure"),
        l.t("本期", "Period"),
        l.t("样本与区间", "Sample and interval"),
        l.t("上期", "Before"),
        l.t("样本与区间", "Sample and interval"),
    ];
    for (column, text) in (0..).zip(columns) {
        sheet.write_string_with_format(row, column, text, &bold)?;
        sheet.set_column_width(column.max(1), 22)?;
    }
    for (metric, now, before) in report.figures() {
        row += 1;
        sheet.write_string(row, 0, l.t(metric.zh, metric.en))?;
        for (column, ratio) in [(1, now), (3, before)] {
            sheet.write_string(row, column, shown::value(metric, &ratio, l))?;
            sheet.write_string(row, column + 1, shown::detail(metric, &ratio))?;
        }
    }
    Ok(())
}

fn lines(
    sheet: &mut Worksheet,
    report: &Report,
    (name, heading): (&str, &str),
    lines: &[Line],
    kind: ChartType,
    l: Lang,
) -> Result<(), XlsxError> {
    begin(sheet, name, report, l)?;
    let bold = Format::new().set_bold();
    let metrics: Vec<&Metric> = OF_LINES.iter().filter_map(|key| Metric::named(key)).collect();
    let names = head(&report.total, l).map(|(name, _)| name);
    let figures = metrics.iter().map(|metric| l.t(metric.zh, metric.en));
    for (column, text) in (0..).zip([heading].into_iter().chain(names).chain(figures)) {
        sheet.write_string_with_format(3, column, text, &bold)?;
    }
    let total = Line { key: String::new(), name: l.t("合计", "All").to_owned(), tally: sum(lines) };
    let mut row = 3;
    for line in lines.iter().chain([&total]) {
        row += 1;
        sheet.write_string(row, 0, &line.name)?;
        let numbers = head(&line.tally, l);
        for (column, (_, number)) in (1..).zip(numbers) {
            sheet.write_number(row, column, number as f64)?;
        }
        for (column, metric) in (10..).zip(&metrics) {
            let ratio = metric.of(&line.tally, &report.weights);
            sheet.write_string(row, column, figure(metric, &ratio, l))?;
            sheet.set_column_width(column, 20)?;
        }
    }
    sheet.set_freeze_panes(4, 1)?;
    if !lines.is_empty() {
        let last = row - 1;
        let mut chart = Chart::new(kind);
        for column in [5_u16, 6, 7] {
            let series = chart.add_series();
            series.set_categories((name, 4, 0, last, 0)).set_values((name, 4, column, last, column));
            series.set_name((name, 3, column));
        }
        chart.title().set_name(name);
        sheet.insert_chart(row + 2, 0, chart.set_width(900).set_height(360))?;
    }
    Ok(())
}

/// A share in one cell is told with its sample: none stands bare.
fn figure(metric: &Metric, ratio: &projections::metrics::Ratio, l: Lang) -> String {
    match ratio.sample {
        0 => shown::value(metric, ratio, l),
        sample => format!("{} (n={sample})", shown::value(metric, ratio, l)),
    }
}

fn sum(lines: &[Line]) -> projections::metrics::Tally {
    lines.iter().map(|line| line.tally).sum()
}
