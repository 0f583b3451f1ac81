// All tasks as they are now, kept up by the server's events.
import { pages, Stream } from "./api.js";

class TaskStore extends EventTarget {
  tasks = new Map();
  state = "connecting";
  loaded = false;
  failure = null;

  start() {
    if (this.stream) return;
    this.stream = new Stream("/events", {
      onEvents: (tasks) => this.take(tasks),
      onState: (state, detail) => this.setState(state, detail),
      lastId: String(Date.now() - 5000),
    });
    this.load();
  }

  stop() {
    this.stream?.close();
    this.stream = null;
    this.tasks.clear();
    this.loaded = false;
  }

  async load() {
    try {
      await pages("/tasks", "tasks", (tasks) => this.take(tasks));
      this.failure = null;
    } catch (problem) {
      this.failure = problem;
    }
    this.loaded = true;
    this.tell();
  }

  setState(state, detail) {
    const wasLost = this.state === "lost";
    this.state = state;
    this.detail = detail;
    this.dispatchEvent(new Event("state"));
    if (state === "live" && (wasLost || this.failure)) this.load();
  }

  take(tasks) {
    for (const task of tasks) {
      const known = this.tasks.get(task.taskId);
      if (known && known.revision > task.revision) continue;
      this.tasks.set(task.taskId, task);
    }
    this.tell();
  }

  forget(id) {
    if (this.tasks.delete(id)) this.tell();
  }

  tell() {
    this.dispatchEvent(new Event("change"));
  }

  /** Newest first. */
  get all() {
    return [...this.tasks.values()].sort((one, other) => other.createdAt - one.createdAt);
  }

  /** Calls `act` now and at each change; the result ends it. */
  follow(act) {
    this.addEventListener("change", act);
    act();
    return () => this.removeEventListener("change", act);
  }

  followState(act) {
    this.addEventListener("state", act);
    act();
    return () => this.removeEventListener("state", act);
  }
}

export const store = new TaskStore();
