@app
requests

@http
get /requests/:requestId

@tables
requests
  requestId *String

@aws
runtime nodejs22.x
