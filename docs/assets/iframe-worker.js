/* Search from the file system: browsers refuse to start a worker for a page that was opened as a file.
   There, this class runs the worker's script in a hidden frame of the page; the search box notices no difference. */
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    #frame = document.createElement("iframe");
    #started;

    constructor(url) {
      super();
      const script = String(url).replaceAll("&", "&amp;").replaceAll('"', "&quot;");
      const answer = "postMessage = data => frameElement.dispatchEvent(new CustomEvent('answer', { detail: data }))";
      this.#frame.hidden = true;
      this.#frame.srcdoc = `<script>${answer}</script><script src="${script}"></script>`;
      this.#frame.addEventListener("answer", ({ detail }) =>
        this.dispatchEvent(new MessageEvent("message", { data: detail })),
      );
      this.#started = new Promise((resolve) => this.#frame.addEventListener("load", resolve, { once: true }));
      document.body.append(this.#frame);
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
