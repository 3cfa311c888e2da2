# syntax=docker/dockerfile:1
# One image for every role: the command names it, as in `docker run switchback connector -c /etc/switchback/migration.yaml`.

FROM node:20-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The install scripts prepare only what the tests use.
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build

FROM node:20-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM node:20-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
USER node
ENTRYPOINT ["node", "--enable-source-maps", "dist/cli/main.js"]
CMD ["--help"]
