//! `policy import` and `policy export`: the tables of the rules from an Excel workbook, and into one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use serde_json::json;

use super::policy::{self, COMMUNITY, FILES, Kind, Read};
use super::{CliError, Global, Outcome, open, output};

/// 从 Excel 读入单位表、事项目录 · units and catalogue from an Excel workbook
///
/// 与目录中其余规则一起检查；有一处错误就什么也不改，逐格列出。随后在“规则”页或用 SIGHUP 重新装载 ·
/// checked together with the other rules of the folder; with one mistake nothing changes, and each is
/// named by its cell. Afterwards load the rules again on the page “Rules” or by SIGHUP.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// 工作簿 · the workbook
    #[arg(value_name = "XLSX")]
    file: PathBuf,
    /// 规则目录，缺省为 --policy 或配置所写 · rules folder; else --policy or the configuration's
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

/// 单位表、事项目录写成 Excel · units and catalogue as an Excel workbook
///
/// 各列都是文本，编码开头的零不会丢 · all columns are text, so that no code loses its zeros.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// 工作簿 · the workbook
    #[arg(value_name = "XLSX")]
    file: PathBuf,
}

/// Runs `policy import`.
///
/// # Errors
/// No folder, a workbook that cannot be read, or mistakes in it.
pub fn run(global: &Global, args: &ImportArgs) -> Outcome {
    let config = open::config(global)?;
    let Some(dir) = args.into.clone().or(config.rules) else {
        return Err(CliError::misused(
            "RULES_MISSING",
            "请用 --into 或 --policy 指定规则目录",
            "name the rules folder by --into or --policy",
        ));
    };
    let mut given = policy::workbook(&args.file)?;
    let sheets = given.len();
    let kept =
        policy::folder(&dir)?.into_iter().filter(|kept| given.iter().all(|read| read.kind != kept.kind));
    let kept: Vec<Read> = kept.collect();
    given.extend(kept);
    let rules = match policy::check(&given) {
        Ok(rules) => rules,
        Err(faults) => {
            policy::tell(&faults);
            if global.json {
                output::json(&json!({ "ok": false, "written": [], "faults": faults }));
            }
            return Ok(ExitCode::from(1));
        }
    };
    let mut written = Vec::new();
    for read in given.iter().take(sheets) {
        let Some((_, sheet)) = &read.sheet else { continue };
        let path = dir.join(place(read.kind));
        put(&path, &sheet.compact())?;
        output::say(format!("{} → {}", read.name, path.display()));
        written.push(path.display().to_string());
    }
    let told = format!("规则无误，版次 {} · the rules are sound, edition {}", rules.edition, rules.edition);
    if global.json {
        output::json(&json!({ "ok": true, "written": written, "faults": [] }));
        output::say(told);
    } else {
        output::line(told);
    }
    Ok(ExitCode::SUCCESS)
}

fn place(kind: Kind) -> &'static str {
    FILES.into_iter().chain([COMMUNITY]).find(|(known, ..)| *known == kind).map_or("", |(_, place, _)| place)
}

/// Beside it first and then in its place: whoever reads the folder sees the old file or the new one.
fn put(path: &Path, text: &str) -> Result<(), CliError> {
    let told = |error: std::io::Error| CliError::io(path.display(), &error);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(told)?;
    }
    let beside = path.with_extension("csv.new");
    fs::write(&beside, text).map_err(told)?;
    fs::rename(&beside, path).map_err(told)
}

/// Runs `policy export`.
///
/// # Errors
/// Rules that cannot be read, or a file that cannot be written.
pub fn export(global: &Global, args: &ExportArgs) -> Outcome {
    let config = open::config(global)?;
    let read = match &config.rules {
        Some(dir) => policy::folder(dir)?,
        None => Vec::new(),
    };
    let mut book = Workbook::new();
    let none = config.rules.is_some() && read.iter().all(|read| read.kind != Kind::Community);
    let files = FILES.into_iter().chain((!none).then_some(COMMUNITY));
    for (kind, place, sample) in files {
        let text = read.iter().find(|read| read.kind == kind).map_or(sample, |read| read.text.as_str());
        if place.ends_with(".csv") {
            let name = Path::new(place).file_stem().unwrap_or_default().to_string_lossy();
            sheet(&mut book, &name, text).map_err(|error| CliError::failed(&error))?;
        }
    }
    book.save(&args.file).map_err(|error| CliError::failed(&error))?;
    output::say(format!("已写入 · written: {}", args.file.display()));
    Ok(ExitCode::SUCCESS)
}

fn sheet(book: &mut Workbook, name: &str, text: &str) -> Result<(), XlsxError> {
    let (words, head) = (Format::new().set_num_format("@"), Format::new().set_bold());
    let sheet = book.add_worksheet();
    sheet.set_name(name)?.set_freeze_panes(1, 0)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(text.as_bytes());
    for (row, record) in (0..).zip(reader.records().filter_map(Result::ok)) {
        for (column, cell) in (0..).zip(record.iter()) {
            if row == 0 {
                sheet.set_column_format(column, &words)?;
                sheet.write_string_with_format(row, column, cell, &head)?;
            } else {
                sheet.write_string_with_format(row, column, cell, &words)?;
            }
        }
    }
    Ok(())
}
