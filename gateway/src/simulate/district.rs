//! A district of a given size: its units are made, its rules are those that are given.

use std::path::Path;
use std::sync::Arc;

use domain::context::Rulebook;
use domain::fault::Fault;
use domain::policy::{PolicyFile, PolicyFiles};
use domain::sample;

/// How large the district is, and how long it is played.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// 街道
    pub streets: u32,
    /// 社区
    pub communities: u32,
    /// 网格
    pub grids: u32,
    /// Complaints a day.
    pub per_day: u32,
    /// Days.
    pub days: u32,
}

/// Communities of a station (F4: three or four).
const OF_A_STATION: u32 = 4;

/// The rules of a district of this size, as files of a rules folder: the sample's, over its own units.
pub fn files(size: Size) -> [(&'static str, String); 6] {
    [
        ("org/units.csv", units(size)),
        ("calendar/cn.json", sample::CALENDAR.to_owned()),
        ("policy/catalogue.csv", sample::CATALOGUE.to_owned()),
        ("policy/sla.toml", sample::SLA.to_owned()),
        ("policy/ladder.toml", sample::LADDER.to_owned()),
        ("policy/community.csv", sample::COMMUNITY.to_owned()),
    ]
}

/// Those rules.
///
/// # Errors
/// Every fault of the files; none in those that are compiled in.
pub fn rules(size: Size) -> Result<Arc<Rulebook>, Vec<Fault>> {
    let files = files(size);
    let [units, calendar, catalogue, sla, ladder, community] =
        files.each_ref().map(|(name, text)| PolicyFile { name, text });
    let files = PolicyFiles { catalogue, sla, ladder, community: Some(community), ..PolicyFiles::default() };
    sample::parse(units, calendar, &files).map(Arc::new)
}

/// Writes the rules beside what was played by them: whoever looks at it needs them.
///
/// # Errors
/// A file cannot be written.
pub fn keep(folder: &Path, size: Size) -> std::io::Result<()> {
    for (name, text) in files(size) {
        let path = folder.join(name);
        path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        std::fs::write(path, text)?;
    }
    Ok(())
}

/// District and departments of the sample; streets, stations, communities and grids spread evenly.
fn units(size: Size) -> String {
    let mut lines = sample::UNITS.lines();
    let header = lines.next().unwrap_or_default();
    let commas = header.matches(',').count();
    let mut text = format!("{header}\n");
    for line in lines.filter(|line| line.contains(",department,") || line.contains(",district,")) {
        text.push_str(line);
        text.push('\n');
    }
    // The columns after `parent` stay empty.
    let rest = ",".repeat(commas.saturating_sub(4));
    let mut unit = |code: &str, name: &str, kind: &str, parent: &str| {
        text.push_str(&format!("{code},{name},,{kind},{parent}{rest}\n"));
    };
    let per_street = size.communities.div_ceil(size.streets.max(1));
    for street in 0..size.streets {
        unit(&street_code(street), &format!("样例{}街道", street + 1), "street", "320506");
    }
    for community in 0..size.communities {
        let street = community / per_street.max(1);
        let station = format!("S-{}-{}", street, (community % per_street) / OF_A_STATION);
        if (community % per_street).is_multiple_of(OF_A_STATION) {
            let number = (community % per_street) / OF_A_STATION + 1;
            unit(&station, &format!("样例{}街道联动{number}站", street + 1), "station", &street_code(street));
        }
        unit(&community_code(community), &format!("样例{}社区居委会", community + 1), "community", &station);
    }
    for grid in 0..size.grids {
        let community = grid % size.communities.max(1);
        let number = grid / size.communities.max(1) + 1;
        let name = format!("样例{}社区第{number}网格", community + 1);
        unit(&format!("G-{community}-{number}"), &name, "grid", &community_code(community));
    }
    text
}

fn street_code(street: u32) -> String {
    format!("T-{}", street + 1)
}

fn community_code(community: u32) -> String {
    format!("C-{}", community + 1)
}

#[cfg(test)]
mod specs {
    use domain::ids::Rung;

    use super::*;

    #[test]
    fn a_district_has_the_size_that_was_asked_for() {
        let size = Size { streets: 7, communities: 115, grids: 826, per_day: 1571, days: 30 };
        let rules = rules(size).expect("sound");
        let count = |rung| {
            let of = |kind: &str| rules.org.units().iter().filter(|unit| unit.kind.as_str() == kind).count();
            match rung {
                Rung::Street => of("street"),
                Rung::Community => of("community"),
                _ => of("grid"),
            }
        };
        assert_eq!((count(Rung::Street), count(Rung::Community), count(Rung::Grid)), (7, 115, 826));
    }
}
