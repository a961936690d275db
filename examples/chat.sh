#!/usr/bin/env bash
# A newcomer's client of a running proxy: talk, see what came of it, list what was learned, delete it.
#
#     tactful demo                                  # or: tactful serve, with a provider behind it
#     export TACTFUL_URL=http://127.0.0.1:8080      # the proxy, as it prints it, without /v1
#     export TACTFUL_KEY="$(cat data/admin.key)"    # the admin key: the demo prints its own
#     export OPENAI_API_KEY=sk-...                  # the provider's; any text where the proxy has one, or for the demo
#     bash examples/chat.sh
#
# TACTFUL_MODEL names the model, TACTFUL_USER the user; without it every run is a new person.
set -euo pipefail

url=${TACTFUL_URL:-http://127.0.0.1:8080}
key=${TACTFUL_KEY:?set it to the admin key}
model=${TACTFUL_MODEL:-gpt-5-mini}
user=${TACTFUL_USER:-newcomer-$(date +%s)-$$}

# Prints the answer and the headers that say what came of it.
chat() {
    printf '\n> %s\n' "$1"
    curl -sS --fail-with-body "$url/v1/chat/completions" \
        -w '\n  [%header{x-tactful-outcome} %header{x-tactful-reason}]\n' \
        -H "Authorization: Bearer ${OPENAI_API_KEY:-none}" \
        -H "Content-Type: application/json" \
        -H "x-tactful-user: $user" \
        -d "{\"model\":\"$model\",\"messages\":[{\"role\":\"user\",\"content\":\"$1\"}]}"
}

# The personal API: what is held about this user.
personal() {
    curl -sS --fail-with-body -X "$1" -H "Authorization: Bearer $key" "$url/tactful/v1/users/$user$2"
}

chat "I'm vegetarian."

# Learning happens after the answer, off its way: give it a moment.
id=
for _ in $(seq 100); do
    held=$(personal GET /attributes)
    id=$(grep -o '"attr_[^"]*"' <<<"$held" | head -n 1 | tr -d '"' || true)
    [ -z "$id" ] || break
    sleep 0.1
done

chat "What is 17 * 23?"
chat "Can you suggest a quick dinner for me tonight?"

printf '\nLearned, each from the own words of the user:\n%s\n' "$held"

if [ -n "$id" ]; then
    printf '\nDeleted:\n'
    personal DELETE "/attributes/$id"
    printf '\nIt is not used again, nor learned again.\n'
    chat "Can you suggest a quick dinner for me tonight?"
fi
