/** Pictures of figures: SVG that can be read on white and on dark, for docs/benchmarks. */
import { BarChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { Row } from './figures.ts';

use([BarChart, LineChart, ScatterChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** In contrast with white as with GitHub's dark. */
const ink = '#7a8490';
const faint = '#7a849055';
const targetColor = '#e5534b';
const colors = ['#2f81f7', '#57ab5a', '#d29922', '#a371f7'];
const width = 860;
/** Of the widest fonts that `sans-serif` may be: nothing here can measure the reader's. */
const characterWidth = 7.5;
const title = { left: 0, textStyle: { color: ink, fontSize: 15 } };
const text = { color: ink, fontSize: 12 };

interface Bars {
  readonly title: string;
  readonly unit: string;
  readonly categories: readonly string[];
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[];
  /** Of each category, where it has one. */
  readonly targets: readonly (number | null)[];
  readonly logarithmic: boolean;
}

/** Every chart that these rows have something for, by the name of its file. */
export function chartsOf(rows: readonly Row[]): ReadonlyMap<string, string> {
  const charts = new Map<string, string>();
  for (const connections of [6, 60]) {
    const bars = readBars(rows, connections);
    if (bars) charts.set(`reads-${connections}.svg`, barChart(bars));
  }
  const waits = waitBars(rows);
  if (waits) charts.set('paced.svg', barChart(waits));
  const throughputs = throughputBars(rows);
  if (throughputs) charts.set('peer.svg', barChart(throughputs));
  const curves = growthCurves(rows);
  if (curves) charts.set('growth.svg', curves);
  return charts;
}

const median = (rows: readonly Row[], scenario: string, figure: string): number | null =>
  rows.find((row) => row.scenario === scenario && row.figure === figure)?.median ?? null;

/** The product beside its peers; the target is 0.9 of what express and Redis answer. */
function readBars(rows: readonly Row[], connections: number): Bars | null {
  const servers = ['product', 'node:http + Redis', 'express + Redis', 'express + Postgres'];
  const routes = unique(
    rows.filter(({ scenario }) => scenario === 'reads').map(({ figure }) => figure.split(',')[0] ?? ''),
  );
  const rate = (route: string, server: string): number =>
    median(rows, 'reads', `${route}, ${connections} connections: ${server}`) ?? 0;
  if (routes.every((route) => rate(route, 'product') === 0)) return null;
  return {
    title: `Reads with ${connections} connections`,
    unit: 'requests/s',
    categories: routes,
    series: servers.map((name) => ({ name, values: routes.map((route) => rate(route, name)) })),
    targets: routes.map((route) => 0.9 * rate(route, 'express + Redis')),
    logarithmic: false,
  };
}

function waitBars(rows: readonly Row[]): Bars | null {
  const waits = rows.filter(({ scenario, target }) => scenario === 'paced' && target !== null);
  if (waits.length === 0) return null;
  return {
    title: 'At a steady pace, from when it was due',
    unit: 'ms',
    categories: waits.map(({ figure }) => figure),
    series: [{ name: 'product', values: waits.map((row) => row.median) }],
    targets: waits.map(({ target }) => Number(target?.replace(/^\D+/, ''))),
    logarithmic: true,
  };
}

function throughputBars(rows: readonly Row[]): Bars | null {
  const [prefix, unit] = ['throughput of ', 'commands/s'];
  const all = rows.filter(({ scenario, figure }) => scenario === 'peer' && figure.startsWith(prefix));
  if (all.length === 0) return null;
  return {
    title: 'A backlog, worked off exactly once',
    unit,
    categories: all.map(({ figure }) => figure.slice(prefix.length)),
    series: [{ name: unit, values: all.map((row) => row.median) }],
    targets: all.map(() => null),
    logarithmic: false,
  };
}

function barChart({ title: heading, unit, categories, series, targets, logarithmic }: Bars): string {
  const bars = series.length * (series.length > 1 ? 14 : 18) + 12;
  const hasTargets = targets.some((target) => target !== null);
  return draw(100 + bars * categories.length, {
    title: { ...title, text: `${heading}, ${unit}` },
    ...((series.length > 1 || hasTargets) && { legend: { top: 32, left: 0, itemGap: 34, textStyle: text } }),
    grid: {
      left: 16 + characterWidth * Math.max(...categories.map(({ length }) => length)),
      right: 70,
      top: 68,
      bottom: 28,
    },
    xAxis: {
      type: logarithmic ? ('log' as const) : ('value' as const),
      axisLabel: text,
      splitLine: { lineStyle: { color: faint } },
    },
    yAxis: {
      type: 'category' as const,
      inverse: true,
      data: [...categories],
      axisLabel: text,
      axisLine: { lineStyle: { color: ink } },
      axisTick: { show: false },
    },
    series: [
      ...series.map(({ name, values }, index) => ({
        type: 'bar' as const,
        name,
        data: [...values],
        itemStyle: { color: colors[index] ?? ink },
        barMaxWidth: 18,
        label: { show: true, position: 'right' as const, ...text, formatter: labelOf },
      })),
      ...(hasTargets
        ? [
            {
              type: 'scatter' as const,
              name: 'target',
              data: targets.flatMap((target, index) => (target === null ? [] : [[target, index]])),
              symbol: 'rect',
              symbolSize: [3, bars - 6],
              itemStyle: { color: targetColor },
              z: 5,
            },
          ]
        : []),
    ],
  });
}

const labelOf = ({ value }: { readonly value: unknown }): string =>
  typeof value === 'number' ? value.toLocaleString('en', { maximumSignificantDigits: 3 }) : '';

/** One small picture a measure: over restaurants, on a logarithmic axis. */
function growthCurves(rows: readonly Row[]): string | null {
  const points = rows.flatMap(({ scenario, figure, unit, median: value }) => {
    const [, measure, count] = /^(.*), ([\d,]+) restaurants$/.exec(figure) ?? [];
    if (scenario !== 'growth' || measure === undefined || count === undefined) return [];
    return [{ measure, unit, at: [Number(count.replaceAll(',', '')), value] }];
  });
  const measures = unique(points.map(({ measure }) => measure));
  if (measures.length === 0) return null;
  const [columns, cell, row] = [2, width / 2, 200];
  const place = (index: number) => ({
    x: (index % columns) * cell,
    y: 44 + Math.floor(index / columns) * row,
  });
  return draw(44 + Math.ceil(measures.length / columns) * row, {
    title: [
      { ...title, text: 'Over the number of restaurants' },
      ...measures.map((measure, index) => ({
        left: place(index).x,
        top: place(index).y,
        text: `${measure}, ${points.find((point) => point.measure === measure)?.unit ?? ''}`,
        textStyle: { ...text, fontWeight: 'normal' as const },
      })),
    ],
    grid: measures.map((_, index) => ({
      left: place(index).x + 50,
      top: place(index).y + 30,
      width: cell - 90,
      height: row - 80,
    })),
    xAxis: measures.map((_, gridIndex) => ({
      type: 'log' as const,
      gridIndex,
      axisLabel: { ...text, formatter: (value: number) => value.toLocaleString('en') },
      splitLine: { show: false },
      min: 'dataMin' as const,
      max: 'dataMax' as const,
    })),
    yAxis: measures.map((_, gridIndex) => ({
      type: 'value' as const,
      gridIndex,
      min: 0,
      splitNumber: 3,
      axisLabel: text,
      splitLine: { lineStyle: { color: faint } },
    })),
    series: measures.map((measure, index) => ({
      type: 'line' as const,
      xAxisIndex: index,
      yAxisIndex: index,
      data: points.filter((point) => point.measure === measure).map(({ at }) => at),
      symbolSize: 8,
      itemStyle: { color: colors[0] ?? ink },
      lineStyle: { width: 2 },
    })),
  });
}

function draw(height: number, option: object): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({ animation: false, textStyle: { fontFamily: 'sans-serif' }, ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}

const unique = (values: readonly string[]): string[] => [...new Set(values)];
