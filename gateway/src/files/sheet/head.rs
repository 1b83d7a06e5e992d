//! Finds the row, or the two rows, that name the columns of a sheet.

use calamine::Dimensions;
use domain::fault::Fault;

use super::{Grid, Seen, place};

/// Rows from the top among which the header is looked for: titles and remarks stand above it.
const ROWS: usize = 30;

/// The header of a sheet.
#[derive(Debug, Clone)]
pub struct Head {
    /// Names and places of the columns.
    pub columns: Vec<(String, u32)>,
    /// Its row; of two the lower.
    pub row: u32,
    /// How many of its names are known.
    pub known: usize,
}

/// The header: of the first rows that which names most columns that `meaning` knows. Where cells of it
/// are merged, the row below belongs to it. None where fewer than two names are known.
pub fn find(grid: &Grid, meaning: &dyn Fn(&str) -> Option<String>) -> Option<Head> {
    let mut best: Option<Head> = None;
    for row in grid.rows.keys().copied().take(ROWS) {
        let two = grid.merged.iter().any(|region| spans(region, row));
        for rows in [&[row][..], &[row, row + 1][..]].into_iter().take(1 + usize::from(two)) {
            let head = named(grid, rows, meaning);
            if head.known >= 2 && best.as_ref().is_none_or(|best| head.known > best.known) {
                best = Some(head);
            }
        }
    }
    best
}

/// A group of columns, or a name that goes down into the next row.
fn spans(region: &Dimensions, row: u32) -> bool {
    region.start.0 == row && region.end.0 <= row + 1
}

fn named(grid: &Grid, rows: &[u32], meaning: &dyn Fn(&str) -> Option<String>) -> Head {
    let last = rows.last().copied().unwrap_or_default();
    let mut head = Head { columns: Vec::new(), row: last, known: 0 };
    let width = rows.iter().filter_map(|row| grid.rows.get(row)?.keys().next_back()).max().copied();
    let merged = grid.merged.iter().filter(|region| rows.contains(&region.start.0));
    let width = merged.map(|region| region.end.1).chain(width).max();
    for column in 0..=width.unwrap_or_default().min(16_383) {
        let mut parts: Vec<String> = rows.iter().filter_map(|row| word(grid.at(*row, column))).collect();
        parts.dedup();
        let Some(lowest) = parts.last().cloned() else { continue };
        // 「诉求人」 above 「电话」: together they may mean a column that 「电话」 alone does not.
        let known = meaning(&parts.concat()).or_else(|| meaning(&lowest));
        // Of two columns that mean the same the second stays what it is called.
        let known =
            known.filter(|name| *name == lowest || !head.columns.iter().any(|(before, _)| before == name));
        head.known += usize::from(known.is_some());
        head.columns.push((known.unwrap_or(lowest), column));
    }
    head
}

fn word(seen: Option<&Seen>) -> Option<String> {
    let Some(Seen::Text(text)) = seen else { return None };
    let word: String = text.chars().filter(|c| !c.is_whitespace() && !"*＊".contains(*c)).collect();
    Some(word).filter(|word| !word.is_empty())
}

impl Head {
    /// Columns that are there twice.
    pub fn faults(&self, sheet: &str) -> Vec<Fault> {
        let repeated =
            self.columns.iter().enumerate().filter(|(index, (name, _))| {
                self.columns.iter().take(*index).any(|(before, _)| before == name)
            });
        let fault = |name: &str, column| {
            Fault::new("TABLE_COLUMN_REPEATED", "列重复", "this column is given twice")
                .in_field(name)
                .in_cell(place(sheet, self.row, column))
        };
        repeated.map(|(_, (name, column))| fault(name, *column)).collect()
    }

    /// What is wrong with the rows below, whatever the columns mean, with the row: cells that are merged,
    /// and cells that no column is for.
    pub fn stray(&self, grid: &Grid) -> Vec<(u32, Fault)> {
        let merged = grid.merged.iter().filter(|region| {
            region.end.0 > self.row
                && grid.rows.get(&region.start.0).is_some_and(|row| row.contains_key(&region.start.1))
        });
        let mut faults: Vec<(u32, Fault)> = merged
            .map(|region| {
                let fault = Fault::new(
                    "CELL_MERGED",
                    "数据区有合并单元格，看不出属于哪一行、哪一列；请取消合并",
                    "cells are merged among the data, so that their row or column is not known; unmerge them",
                );
                (region.start.0, fault.in_cell(place(&grid.name, region.start.0, region.start.1)))
            })
            .collect();
        for (row, cells) in grid.rows.range(self.row + 1..) {
            let nameless =
                cells.keys().find(|column| !self.columns.iter().any(|(_, named)| named == *column));
            if let Some(column) = nameless {
                let fault = Fault::new(
                    "CELL_WITHOUT_COLUMN",
                    "这一格所在的列没有表头",
                    "the column of this cell has no name in the header",
                );
                faults.push((*row, fault.in_cell(place(&grid.name, *row, *column))));
            }
        }
        faults
    }
}
