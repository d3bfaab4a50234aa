/** The icons of the page by meaning. */
import Falling from "@lucide/svelte/icons/arrow-down";
import Right from "@lucide/svelte/icons/chevron-right";
import Rising from "@lucide/svelte/icons/arrow-up";
import Chart from "@lucide/svelte/icons/chart-column";
import Check from "@lucide/svelte/icons/check";
import Down from "@lucide/svelte/icons/chevron-down";
import Ok from "@lucide/svelte/icons/circle-check";
import Info from "@lucide/svelte/icons/circle-alert";
import Unknown from "@lucide/svelte/icons/circle-question-mark";
import Stop from "@lucide/svelte/icons/square";
import Bad from "@lucide/svelte/icons/circle-x";
import Wait from "@lucide/svelte/icons/clock";
import Download from "@lucide/svelte/icons/download";
import More from "@lucide/svelte/icons/ellipsis";
import Copy from "@lucide/svelte/icons/copy";
import History from "@lucide/svelte/icons/history";
import Left from "@lucide/svelte/icons/chevron-left";
import Gauge from "@lucide/svelte/icons/gauge";
import Settings from "@lucide/svelte/icons/settings";
import Book from "@lucide/svelte/icons/book-open";
import Link from "@lucide/svelte/icons/link";
import List from "@lucide/svelte/icons/list";
import Import from "@lucide/svelte/icons/upload";
import Timing from "@lucide/svelte/icons/chart-gantt";
import Pause from "@lucide/svelte/icons/pause";
import Mark from "@lucide/svelte/icons/flag";
import Star from "@lucide/svelte/icons/star";
import Swap from "@lucide/svelte/icons/arrow-left-right";
import Play from "@lucide/svelte/icons/play";
import Again from "@lucide/svelte/icons/rotate-cw";
import Search from "@lucide/svelte/icons/search";
import Terminal from "@lucide/svelte/icons/terminal";
import Delete from "@lucide/svelte/icons/trash-2";
import Table from "@lucide/svelte/icons/table";
import Warn from "@lucide/svelte/icons/triangle-alert";
import ZoomIn from "@lucide/svelte/icons/zoom-in";
import ZoomOut from "@lucide/svelte/icons/zoom-out";
import Close from "@lucide/svelte/icons/x";

export const ICONS = {
  again: Again,
  bad: Bad,
  book: Book,
  chart: Chart,
  check: Check,
  close: Close,
  copy: Copy,
  delete: Delete,
  down: Down,
  download: Download,
  falling: Falling,
  gauge: Gauge,
  history: History,
  import: Import,
  info: Info,
  left: Left,
  link: Link,
  list: List,
  mark: Mark,
  more: More,
  ok: Ok,
  pause: Pause,
  play: Play,
  right: Right,
  rising: Rising,
  search: Search,
  settings: Settings,
  star: Star,
  stop: Stop,
  swap: Swap,
  table: Table,
  terminal: Terminal,
  timing: Timing,
  unknown: Unknown,
  wait: Wait,
  warn: Warn,
  zoomin: ZoomIn,
  zoomout: ZoomOut,
} as const;

export type IconName = keyof typeof ICONS;
