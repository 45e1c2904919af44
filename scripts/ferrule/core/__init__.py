"""Files, schemas, errors: what every other package stands on."""
