/** Toasts that disappear after a few seconds. */
export interface Notice {
  n: number;
  tone: "info" | "good" | "warn" | "bad" | "none";
  message: string;
  href?: string;
  link?: string;
}

const VISIBLE_MS = 8_000;

class Notices {
  list = $state.raw<Notice[]>([]);
  #n = 0;

  add(notice: Omit<Notice, "n">): void {
    const n = ++this.#n;
    this.list = [...this.list.slice(-3), { ...notice, n }];
    setTimeout(() => this.remove(n), VISIBLE_MS);
  }

  remove(n: number): void {
    this.list = this.list.filter((notice) => notice.n !== n);
  }
}

export const notices = new Notices();
