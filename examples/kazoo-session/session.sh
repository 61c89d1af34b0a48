#!/bin/sh
# A KAZOO session by curl: make media, a menu and a callflow, call it, and ask what happened.
#   KEY=… ./session.sh make          makes the documents; number 4000 is then answered
#   KEY=… ./session.sh ask           shows the CDR, the debug log and the attempts at the webhook of the last call
set -eu
PIVOT=${PIVOT:-http://127.0.0.1:8080}
ACCOUNT=${ACCOUNT:-demo}
VOICE_URL=${VOICE_URL:-http://127.0.0.1:3001/voice}
HOOK_URL=${HOOK_URL:-http://127.0.0.1:3001/hook}
: "${KEY:?set KEY to the API key that the server printed at its first start}"

# api METHOD PATH [curl options]: one request, its answer on one line
api() {
  method=$1 path=$2
  shift 2
  curl --silent --show-error --fail-with-body --request "$method" --header "X-Auth-Token: ${TOKEN:-}" \
    --header 'Content-Type: application/json' "$@" "$PIVOT/v2$path"
  echo
}

# field NAME: that field of the answer's data; of the first when the data are a list
field() {
  node -e '
    const { data } = JSON.parse(require("node:fs").readFileSync(0, "utf8"))
    console.log((Array.isArray(data) ? data[0] : data)?.[process.argv[1]] ?? "")' "$1"
}

login() {
  TOKEN=$(curl --silent --show-error --fail-with-body --request PUT --header 'Content-Type: application/json' \
    --data "{\"data\":{\"api_key\":\"$KEY\"}}" "$PIVOT/v2/api_auth" |
    node -p 'JSON.parse(require("node:fs").readFileSync(0, "utf8")).auth_token')
}

make() {
  greeting=$(api PUT "/accounts/$ACCOUNT/media" --data '{"data":{"name":"greeting","media_source":"upload"}}' | field id)
  curl --silent --show-error --fail-with-body --request POST --header "X-Auth-Token: $TOKEN" \
    --header 'Content-Type: audio/wav' --data-binary "@${GREETING:?set GREETING to a WAV or MP3 file}" \
    "$PIVOT/v2/accounts/$ACCOUNT/media/$greeting/raw" >/dev/null
  menu=$(api PUT "/accounts/$ACCOUNT/menus" \
    --data "{\"data\":{\"name\":\"main\",\"retries\":2,\"timeout\":3000,\"media\":{\"greeting\":\"$greeting\"}}}" | field id)
  callflow=$(api PUT "/accounts/$ACCOUNT/callflows" --data @- <<JSON | field id
{"data":{"name":"shop","numbers":["4000"],"flow":{
  "module":"menu","data":{"id":"$menu"},"children":{
    "1":{"module":"pivot","data":{"voice_url":"$VOICE_URL","method":"post","debug":true},
         "children":{"_":{"module":"play","data":{"id":"$greeting"}}}},
    "_":{"module":"hangup","data":{}}}}}}
JSON
  )
  hook=$(api PUT "/accounts/$ACCOUNT/webhooks" \
    --data "{\"data\":{\"name\":\"ends\",\"hook\":\"channel_destroy\",\"format\":\"json\",\"uri\":\"$HOOK_URL\"}}" | field id)
  echo "media $greeting menu $menu callflow $callflow webhook $hook"
}

ask() {
  echo '# The CDR of the last call'
  call=$(api GET "/accounts/$ACCOUNT/cdrs?page_size=1" | field id)
  api GET "/accounts/$ACCOUNT/cdrs/$call"
  echo '# What its pivot action asked, and what came back'
  debugged=$(api GET "/accounts/$ACCOUNT/pivot/debug" | field debug_id)
  api GET "/accounts/$ACCOUNT/pivot/debug/$debugged"
  echo '# How the webhook was told of its end'
  api GET "/accounts/$ACCOUNT/webhooks/attempts"
}

login
case "${1:-}" in
  make) make ;;
  ask) ask ;;
  *) sed -n 2,4p "$0" && exit 2 ;;
esac
