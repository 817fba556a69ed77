const form = document.querySelector("form");
const output = document.querySelector("output");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const name = encodeURIComponent(form.elements.name.value || "you");
  const answer = await fetch(`/hello/${name}`);
  output.textContent = `Hello, ${(await answer.json()).hello}!`;
});
