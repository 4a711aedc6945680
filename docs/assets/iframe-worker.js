/* Search from the file system: browsers refuse to start a worker for a page that was opened as a file.
   There, this class runs the worker's script in a hidden frame of the page; the search box notices no difference. */
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    #frame = document.createElement("iframe");
    #started;

    constructor(url) {
      super();
      this.#frame.hidden = true;
      this.#frame.title = "Search";
      document.body.append(this.#frame);
      const inside = this.#frame.contentWindow;
      inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      const script = inside.document.createElement("script");
      script.src = new URL(url, location.href);
      this.#started = new Promise((resolve) => script.addEventListener("load", resolve, { once: true }));
      inside.document.head.append(script);
    }

    async postMessage(data) {
      await this.#started;
      this.#frame.contentWindow?.dispatchEvent(new MessageEvent("message", { data }));
    }

    terminate() {
      this.#frame.remove();
    }
  };
}
