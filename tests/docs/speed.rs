//! `docs/speed.md`: figures that keep to their limits, each with the bench that takes it.

use std::path::Path;

/// The cells of a line of the table; `None` for every other line.
fn cells(line: &str) -> Option<Vec<&str>> {
    let cells: Vec<&str> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
    (cells.len() == 4 && cells[0] != "what").then_some(cells)
}

#[test]
fn every_figure_keeps_to_its_limit_and_names_a_bench_that_knows_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/speed.md")).expect("docs/speed.md");
    let rows: Vec<Vec<&str>> = page.lines().filter_map(cells).collect();
    assert!(rows.len() >= 6, "{rows:?}");
    for row in rows {
        let [what, figure, most, bench] = row[..] else { panic!("{row:?}") };
        let number = |text: &str| text.parse::<f64>().unwrap_or_else(|_| panic!("{text:?} of {what}"));
        assert!(number(figure) <= number(most), "{what}: {figure} is above {most}");
        let bench = bench.trim_matches('`');
        let source = std::fs::read_to_string(root.join(format!("benches/{bench}.rs"))).expect(what);
        assert!(source.contains(most), "benches/{bench}.rs does not know the limit {most} of: {what}");
    }
}
