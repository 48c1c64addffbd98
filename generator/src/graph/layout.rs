//! Where the nodes of a graph stand.
//!
//! Owns the order within a column and the heights: a node stands as near as it can to the middle of what it is joined
//! to. Must not know what a node looks like beyond its height. Deterministic.

use super::{Column, Graph};

/// The space between two nodes of a column.
const GAP: f64 = 14.0;

/// The most space between two nodes where no column has any.
const BAND: f64 = 26.0;

/// How often the columns are fitted to each other; more changes nothing that can be seen.
const ROUNDS: usize = 24;

/// How strongly a node that nothing leads to stays where it is.
const LOOSE: f64 = 0.01;

/// The upper edge of every node, from zero on.
#[expect(clippy::cast_possible_truncation, reason = "they are rounded, and no picture is that high")]
pub(super) fn tops(graph: &Graph, heights: &[i32]) -> Vec<i32> {
    let heights: Vec<f64> = heights.iter().copied().map(f64::from).collect();
    let columns = order(graph);
    let mut centres = vec![0.0; heights.len()];
    for column in &columns {
        let mut next = 0.0;
        for &node in column {
            centres[node] = next + heights[node] / 2.0;
            next += heights[node] + GAP;
        }
    }
    let neighbours = neighbours(graph);
    for _ in 0..ROUNDS {
        for column in columns.iter().chain(columns.iter().rev()) {
            fit(column, &neighbours, &heights, &mut centres);
        }
    }
    let tops: Vec<f64> = centres.iter().zip(&heights).map(|(centre, height)| centre - height / 2.0).collect();
    closed_up(&tops, &heights).into_iter().map(|top| top.round() as i32).collect()
}

/// Moves up what is below a band that all columns leave empty: fitting pushes nodes apart and never back together.
fn closed_up(tops: &[f64], heights: &[f64]) -> Vec<f64> {
    let mut downwards: Vec<usize> = (0..tops.len()).collect();
    downwards.sort_by(|a, b| tops[*a].total_cmp(&tops[*b]));
    let mut closed = tops.to_vec();
    let (mut moved, mut bottom) = (0.0, f64::NEG_INFINITY);
    for node in downwards {
        let empty = tops[node] - moved - bottom;
        if bottom == f64::NEG_INFINITY {
            moved = tops[node];
        } else if empty > BAND {
            moved += empty - BAND;
        }
        closed[node] = tops[node] - moved;
        bottom = bottom.max(closed[node] + heights[node]);
    }
    closed
}

/// The nodes of every column from top to bottom. What earlier nodes lead to comes earlier, so that few edges cross;
/// what nothing leads to comes last.
fn order(graph: &Graph) -> Vec<Vec<usize>> {
    let mut columns: Vec<Vec<usize>> = Vec::new();
    let mut rank = vec![0.0; graph.nodes.len()];
    for column in Column::ALL {
        let mut nodes: Vec<usize> = graph.column(column).map(|(node, _)| node).collect();
        if !columns.is_empty() {
            let key = |node: usize| {
                let sources =
                    graph.edges.iter().filter(|it| it.to == node && is_forward(graph, it.from, node));
                mean(sources.map(|it| rank[it.from])).unwrap_or(f64::INFINITY)
            };
            let mut keyed: Vec<(f64, usize)> = nodes.iter().map(|&node| (key(node), node)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            nodes = keyed.into_iter().map(|(_, node)| node).collect();
        }
        let mut position = 0.0;
        for &node in &nodes {
            rank[node] = position;
            position += 1.0;
        }
        columns.push(nodes);
    }
    columns
}

fn is_forward(graph: &Graph, from: usize, to: usize) -> bool {
    graph.nodes[from].kind.column() < graph.nodes[to].kind.column()
}

fn neighbours(graph: &Graph) -> Vec<Vec<usize>> {
    let mut neighbours = vec![Vec::new(); graph.nodes.len()];
    for edge in graph.edges.iter().filter(|it| is_forward(graph, it.from, it.to)) {
        neighbours[edge.from].push(edge.to);
        neighbours[edge.to].push(edge.from);
    }
    neighbours
}

/// Puts the nodes of a column where the squares of their distances to the middle of their neighbours have the least
/// sum, in their order and without overlap. Less the space that the nodes before it need, every wish is a number, and
/// the numbers must ascend: neighbours that would not are pooled at their weighted mean.
fn fit(column: &[usize], neighbours: &[Vec<usize>], heights: &[f64], centres: &mut [f64]) {
    struct Pool {
        mean: f64,
        weight: f64,
        count: usize,
    }
    let mut offsets = Vec::new();
    let mut pools: Vec<Pool> = Vec::new();
    for (position, &node) in column.iter().enumerate() {
        let offset = match position.checked_sub(1) {
            None => 0.0,
            Some(before) => offsets[before] + (heights[column[before]] + heights[node]) / 2.0 + GAP,
        };
        offsets.push(offset);
        let wish = mean(neighbours[node].iter().map(|&it| centres[it]));
        let (wish, weight) = wish.map_or((centres[node], LOOSE), |wish| (wish, 1.0));
        let mut pool = Pool { mean: wish - offset, weight, count: 1 };
        while let Some(last) = pools.pop_if(|last| last.mean > pool.mean) {
            let weight = last.weight + pool.weight;
            let mean = (last.mean * last.weight + pool.mean * pool.weight) / weight;
            pool = Pool { mean, weight, count: last.count + pool.count };
        }
        pools.push(pool);
    }
    let means = pools.iter().flat_map(|pool| std::iter::repeat_n(pool.mean, pool.count));
    for ((&node, offset), mean) in column.iter().zip(offsets).zip(means) {
        centres[node] = mean + offset;
    }
}

fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = numbers.fold((0.0, 0.0), |(sum, count), number| (sum + number, count + 1.0));
    (count > 0.0).then(|| sum / count)
}
