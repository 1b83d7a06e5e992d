//! The shapes of the board's two pictures; the templates draw them.

use projections::{BoardNumber, BoardQuery, BoardRow};

use super::lang::Lang;
use crate::http::filter::query;

/// Parts of a hundred: on time, late, the rest.
pub type Bar = (i64, i64, i64);

/// The parts of a row.
pub fn bar(row: &BoardRow) -> Bar {
    let total = row.counts.total.max(1);
    let on_time = row.counts.on_time * 100 / total;
    let late = row.counts.late * 100 / total;
    // A few late cases among many must still be seen.
    let late = if row.counts.late > 0 { late.max(1) } else { 0 };
    let on_time = on_time.min(100 - late);
    (on_time, late, 100 - on_time - late)
}

/// Fewest judged cases for which a rate says something.
pub const SAMPLE: i64 = 30;

/// `87.5 %`, or that there are too few to say.
pub fn rate(row: &BoardRow, l: Lang) -> String {
    let judged = row.counts.judged();
    if judged < SAMPLE {
        return l.t("样本不足", "too few").to_owned();
    }
    let permille = (row.counts.on_time * 1000 + judged / 2) / judged;
    format!("{}.{}%", permille / 10, permille % 10)
}

/// The months side by side.
pub struct Months {
    /// Width of the picture.
    pub width: i64,
    /// Width of a bar.
    pub thick: i64,
    /// In words.
    pub label: String,
    /// The bars.
    pub bars: Vec<Month>,
}

/// A month's bar: each part as (top, height).
pub struct Month {
    /// Left edge.
    pub x: i64,
    /// Middle.
    pub mid: i64,
    /// Where the number stands.
    pub top: i64,
    /// On time.
    pub ok: (i64, i64),
    /// Late.
    pub late: (i64, i64),
    /// The rest.
    pub open: (i64, i64),
    /// All.
    pub count: i64,
    /// `11月` or `2026-11`.
    pub month: String,
    /// In words.
    pub title: String,
    /// The list behind it.
    pub href: String,
}

const STEP: i64 = 62;
const THICK: i64 = 34;
const BASE: i64 = 150;
const HEIGHT: i64 = 122;
/// A picture of more months than this is unreadable: the latest are shown.
const MOST: usize = 14;

/// The picture; none of fewer than two months.
pub fn months(board: &BoardQuery, rows: &[BoardRow], l: Lang) -> Option<Months> {
    let rows = &rows[rows.len().saturating_sub(MOST)..];
    if rows.len() < 2 {
        return None;
    }
    let most = rows.iter().map(|row| row.counts.total).max().unwrap_or(1).max(1);
    let bars = rows.iter().zip(0_i64..).map(|(row, index)| month(board, row, index, most));
    // A few months keep the measure of many, or their letters would be huge.
    let width = STEP * i64::try_from(rows.len()).unwrap_or(0).max(12);
    Some(Months {
        width,
        thick: THICK,
        label: l.t("逐月按时、超时和未判件数", "Cases on time, late and not judged, by month").to_owned(),
        bars: bars.collect(),
    })
}

fn month(board: &BoardQuery, row: &BoardRow, index: i64, most: i64) -> Month {
    let counts = row.counts;
    let tall = |count: i64| count * HEIGHT / most;
    let (ok, late) = (tall(counts.on_time), tall(counts.late));
    let all = tall(counts.total).max(2);
    let open = (all - ok - late).max(0);
    let x = index * STEP + (STEP - THICK) / 2;
    Month {
        x,
        mid: x + THICK / 2,
        top: BASE - all - 6,
        ok: (BASE - ok, ok),
        late: (BASE - ok - late, late),
        open: (BASE - ok - late - open, open),
        count: counts.total,
        month: row.key.clone(),
        title: format!("{}: {} / {} / {}", row.key, counts.total, counts.on_time, counts.late),
        href: format!("/cases?{}", query(&board.filter(Some(&row.key), BoardNumber::Total))),
    }
}

#[cfg(test)]
mod specs {
    use super::*;
    use projections::Counts;

    fn row(total: i64, on_time: i64, late: i64) -> BoardRow {
        BoardRow { counts: Counts { total, on_time, late, ..Counts::default() }, ..BoardRow::default() }
    }

    #[test]
    fn a_rate_needs_thirty_judged_cases() {
        assert_eq!(rate(&row(100, 20, 9), Lang::En), "too few");
        assert_eq!(rate(&row(100, 20, 10), Lang::En), "66.7%");
        assert_eq!(rate(&row(40, 40, 0), Lang::Zh), "100.0%");
    }

    #[test]
    fn the_parts_of_a_bar_are_a_hundred_and_no_late_case_is_hidden() {
        for row in [row(0, 0, 0), row(1000, 999, 1), row(3, 1, 1), row(7, 0, 7)] {
            let (on_time, late, rest) = bar(&row);
            assert_eq!(on_time + late + rest, 100);
            assert_eq!(late > 0, row.counts.late > 0);
            assert!(rest >= 0 && on_time >= 0);
        }
    }
}
